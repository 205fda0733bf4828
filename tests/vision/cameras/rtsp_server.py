"""A paced RTSP camera for tests, run by Debian's Python (GStreamer): python3 rtsp_server.py PORT FPS.

Frame n is exposed at n / FPS after the moment that is printed (monotonic seconds, one clock for the whole
machine) and shows n as 24 black and white bars, so that whoever gets it knows how old it is.
"""

import sys
import threading
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402

COLUMNS, ROWS, BARS = 384, 64, 24
PIPELINE = (
    "( appsrc name=cam is-live=true do-timestamp=true format=time "
    f"caps=video/x-raw,format=GRAY8,width={COLUMNS},height={ROWS},framerate={{fps}}/1 "
    "! videoconvert ! video/x-raw,format=I420 ! jpegenc quality=90 ! rtpjpegpay name=pay0 pt=26 )"
)


def picture(number):
    row = bytearray()
    for bar in range(BARS):
        row += bytes([255 if number >> bar & 1 else 0]) * (COLUMNS // BARS)
    return bytes(row) * ROWS


def feed(source, began_s, fps):
    number = int((time.monotonic() - began_s) * fps) + 1
    while True:
        wait_s = began_s + number / fps - time.monotonic()
        if wait_s > 0:
            time.sleep(wait_s)
        if source.emit("push-buffer", Gst.Buffer.new_wrapped(picture(number))) != Gst.FlowReturn.OK:
            return
        number = max(number + 1, int((time.monotonic() - began_s) * fps))


def main():
    port, fps = sys.argv[1], int(sys.argv[2])
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    factory = GstRtspServer.RTSPMediaFactory()
    factory.set_launch(PIPELINE.format(fps=fps))
    factory.set_shared(True)
    began_s = time.monotonic()

    def configure(_factory, media):
        source = media.get_element().get_child_by_name("cam")
        threading.Thread(target=feed, args=(source, began_s, fps), daemon=True).start()

    factory.connect("media-configure", configure)
    server.get_mount_points().add_factory("/web", factory)
    if server.attach(None) == 0:
        raise SystemExit(f"port {port} is taken")
    print(began_s, flush=True)
    GLib.MainLoop().run()


main()
