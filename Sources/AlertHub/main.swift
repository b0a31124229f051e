print("alert-hub")
