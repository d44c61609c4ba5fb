"""What a database holds of a snapshot, and how quickly it answers, for health."""
