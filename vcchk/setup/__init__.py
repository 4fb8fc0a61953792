"""``vcchk setup``: putting a release into a HIS's folder, replacing it, going back, and taking it away again.

`release` reads what a release consists of, `checks` looks at the folder before anything is written, `files` moves and
removes, `site` puts these together. All of it works while programs use the folder.
"""
