"""What reading a published table is made of: its rows, their numbers, which hold which, what a hidden one can be."""
