"""The dashboards: Streamlit pages over the published copy, and nothing else."""
