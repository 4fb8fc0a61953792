"""What vcchk's own web pages stand on: the small HTTP server, the guards before it, the look, QR codes as SVG.

Used by the sandbox (the platform's side) and the kiosk (a hospital's side); it knows neither.
"""
