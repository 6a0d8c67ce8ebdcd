"""The numbers of single chapters, gathered once from a case: survey, money, seats, class sizes, estimates.

Each module gives frames and outcomes; sentences, tables and figures are made from them. What is asked for, and its
limits, come from the conditions of the scheme, so that a chapter and the items of the verdict never disagree.
"""
