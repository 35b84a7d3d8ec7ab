"""What older versions of Keras had, and how they took it, in terms of denser's own."""
