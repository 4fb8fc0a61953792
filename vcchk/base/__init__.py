"""What every other package stands on: errors, records, encodings."""
