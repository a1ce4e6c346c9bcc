"""The control plane of ECS as services need it: deployments, tasks that an agent reports, protection.

moto keeps clusters, task definitions and the service objects; these modules keep what moto drops, and
talk to the local agent, which runs the tasks.
"""
