"""One call of the HIS, from InData to OutData."""
