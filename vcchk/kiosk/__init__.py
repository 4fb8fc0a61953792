"""A hospital's side with the built library underneath: a reference terminal (`vcchk kiosk`) in a browser.

It does what chapter 2 of both documents asks of a HIS, a kiosk and the other systems of a hospital, and reaches the
platform through the library's four C functions alone: nothing of vcchk's own call path is imported here.
"""
