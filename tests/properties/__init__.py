"""What must hold whatever is loaded."""
