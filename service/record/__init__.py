"""Events: the truth of decisions. Written in the transaction of the state that they tell of."""
