"""tiny"""
def key(): return "0"*12
def make(p): raise NotImplementedError
