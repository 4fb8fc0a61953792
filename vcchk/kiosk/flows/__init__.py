"""The flows of chapter 2, plain functions over a terminal and a visit: each returns the path of what follows."""
