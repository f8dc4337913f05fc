"""A YouTube of the tests: login, REST and the chat's gRPC stream, written from the documents that sources.py
names.
"""
