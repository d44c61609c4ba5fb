"""The datasets that come with snap."""
