"""A container image that begins with a snapshot: the files that `docker build` and compose read.

server.py       the Postgres that fills a data folder, and is gone afterwards
data_folder.py  a data folder that holds a snapshot and no password
context.py      the Dockerfile and its context, written into a folder
compose.py      the service for compose
files/          files that are copied into the image, or filled in

No container runtime is called. This package only writes files.
"""
