"""Cameras: what one is, the drivers, and what is made of several or of free-running ones.

base.py          what a camera is to the line
wire.py          the trigger cable of a simulated camera; cable.py that of one with a software trigger
replay.py        pictures of a folder; clip.py a kept film, clip_file.py its bytes
aravis.py        GigE Vision and USB3 Vision; aravis_library.py the door to libaravis
gige_twin.py     a GigE Vision camera without the camera
pylon.py         Basler
features.py      settings by their standard names, set and read back; pixels.py pixel formats
clock.py         a camera's clock and count on the host's
video.py         UVC, RTSP and files through OpenCV
lines.py         rows with encoder counts -> frames of the web; positioned.py a free-running camera so
joined.py        several cameras as one, with companion.py, stitching.py (across the web) and
channels.py      the same place under another light
"""
