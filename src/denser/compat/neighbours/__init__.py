"""What older scripts expect of other packages than Keras."""
