"""The GPU clusters: registering one, its kube-apiserver configuration, and answering its TokenReviews."""
