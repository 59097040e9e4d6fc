def render(report, trend):
    return "<!doctype html>"
