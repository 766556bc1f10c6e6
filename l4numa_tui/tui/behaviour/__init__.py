"""What the application does, a class for each concern; `app.py` puts them together."""
