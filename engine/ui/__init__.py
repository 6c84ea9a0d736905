"""What the pages of the app share; with app.py and pages/ the only code that imports Streamlit."""
