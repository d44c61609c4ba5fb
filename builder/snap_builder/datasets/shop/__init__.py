"""Shop, a platform on which many shops sell: the dataset of the tutorial, in the words that every project has."""
