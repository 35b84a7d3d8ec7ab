"""`denser digits`: a network learns to read handwritten digits, told step by step."""
