"""The photos that recipes and their steps name by key: plates of food, drawn.

canvas.py   heights and colours of what is in the picture
setting.py  surfaces, plates, bowls
tables.py   the tables that plates stand on
food.py     single pieces of food
larder.py   colours, cuts, and how things are heaped
dishes/     what is put on a plate together
light.py    how it looks in the light
photos.py   which dish under which key, and the file formats
files.json  every file's size and SHA-256; written by python -m snap_builder.datasets.worldchef.media
"""
