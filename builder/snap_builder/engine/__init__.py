"""Streams of random bits, keys, texts and times: the generator, without any dataset. Pure."""
