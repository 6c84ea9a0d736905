"""Lhydra's app: page config, navigation and the trust strip; the rest is in pages/ and engine/ui/."""

import streamlit as st

from engine.ui import address, bundles, collection, heap, routing, shell, states, turns

heap.give_back()

st.set_page_config("Lhydra", page_icon=str(shell.FAVICON), layout="wide", menu_items={"About": shell.ABOUT})

# Streamlit serves the default page at / alone. So that Discover is at /discover too, it is there twice, shown once.
home, elsewhere = routing.visibility()
PAGES = {
    "discover": st.Page("pages/discover.py", title="Discover", visibility=elsewhere),
    "": st.Page("pages/discover.py", title="Discover", url_path="home", default=True, visibility=home),
    "recommend": st.Page("pages/recommend.py", title="Recommend"),
    "map": st.Page("pages/map.py", title="Map"),
    "explain": st.Page("pages/explain.py", title="Explain"),
    "cohorts": st.Page("pages/cohorts.py", title="Cohorts"),
    "quality": st.Page("pages/quality.py", title="Quality"),
    "data": st.Page("pages/data.py", title="Data"),
    "bundles": st.Page("pages/bundles.py", title="Bundles"),
}
page = st.navigation(list(PAGES.values()), position="top")
routing.forward(PAGES)
address.arrive(page.title)

with turns.in_turn():
    if shell.frame(page.title, needs_bundle=page is not PAGES["bundles"]):
        with states.calm():
            page.run()
        collection.settle(page.title)
        bundles.warm()
