"""The expressions of a configuration: checked as kube-apiserver checks them, and evaluated with a token as we issue it.

Expressions are other people's programs, and run in a process of their own, bounded in time and memory. `asking` is
this side of it; `process` the other, with `checking` and `evaluating`; only `environment` talks to the CEL library.

Source: k8s.io/apiserver 0.36 pkg/authentication/cel and pkg/cel/environment, cel-spec; held against a real
kube-apiserver by tests/system/test_doctor_cel.py.
"""
