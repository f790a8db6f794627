"""What must hold before a figure enters, and who must act when it does not."""
