"""Why this song, for this listener: attributions of the served score (Captum), and what would change it.

`Engine.explain` is the way in. torch and captum are imported by the files here that compute, never by this one, so
that whoever asks what may be asked (`questions`) waits for neither.
"""
