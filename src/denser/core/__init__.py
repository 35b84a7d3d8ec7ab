"""The few ideas that everything stands on."""
