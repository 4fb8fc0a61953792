"""Pages for people: what the platform saw, whom it knows, what is authorised, who used cards where."""
