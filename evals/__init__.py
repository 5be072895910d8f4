"""What Greffe finds, hides and reads, measured against gold sets."""
