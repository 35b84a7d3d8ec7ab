"""Layers for images: sizes and crops, geometry, colours and mixtures, on the device."""
