def phases(bench, data):
    return []
