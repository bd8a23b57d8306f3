"""The dashboards' entry: `streamlit run app/streamlit_app.py`. Builds the navigation and the frame's width, no more."""

from pathlib import Path

import streamlit as st

from countinghouse.errors import CountinghouseError

HERE = Path(__file__).parent
CONTENT_WIDTH = 1320

st.set_page_config(page_title="Countinghouse", page_icon=str(HERE / "static" / "icon.png"), layout="wide")
st.logo(str(HERE / "static" / "logo.svg"), size="large")
navigation = st.navigation(
    [
        st.Page("dashboards/overview.py", title="Overview", icon=":material/dashboard:", default=True),
        st.Page("dashboards/sales.py", title="Sales", icon=":material/trending_up:"),
        st.Page("dashboards/customers.py", title="Customers", icon=":material/group:"),
        st.Page("dashboards/products.py", title="Products", icon=":material/inventory_2:"),
        st.Page("dashboards/operations.py", title="Operations", icon=":material/bolt:"),
        st.Page("dashboards/health.py", title="Data health", icon=":material/verified:"),
    ],
    position="top",
)
with st.container(horizontal=True, horizontal_alignment="center"), st.container(width=CONTENT_WIDTH):
    try:
        navigation.run()
    except CountinghouseError as problem:
        st.error(str(problem), icon=":material/settings:")
