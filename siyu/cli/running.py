"""siyu init, serve, worker, createoperator, doctor, demo."""
