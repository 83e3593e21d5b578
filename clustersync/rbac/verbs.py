# What each of our permissions means in Kubernetes. Rows: our resource type, the API group ("core" has no name there),
# its resources. The four columns say what Create, Read, Update and Delete give: Get, List, Watch, Create, Update,
# Patch, Delete, or nothing.
#
# To keep in mind when editing:
#   - A read that is refused costs a question; a verb too many is a hole in every cluster at the next sync.
#   - Who may get pods/exec may run commands: WebSockets begin with a GET. So exec, attach and port-forward go with the
#     update of workloads, never with their reading.
#   - Who reads credentials here sees that they exist, not their values; so that gives nothing there. A patch is
#     answered with the whole secret, so its update gives get too; nobody gets to list.
#   - Who may create workloads can mount whatever their namespace holds, secrets included. No verb prevents that.
#   - Logs may say what was computed: they go with the update of a workload. The platform's viewer never had them.
#   - escalate, bind, impersonate and "*" are no letters here, nor are roles, bindings and service accounts rows.
#     Access is given by access rules alone.

# By ClusterRoleBinding, wherever the rule's scope is: things that have no namespace. Read, never written: what is made
# of them in the control plane, the platform's own agent makes there.
IN_CLUSTER = """
permission                   group              resources                                        C   R    U   D
department                   run.ai             departments                                      -   GLW  -   -
project                      run.ai             projects                                         -   GLW  -   -
nodepools                    run.ai             nodepools                                        -   GLW  -   -
nodes                        core               nodes                                            -   GLW  -   -
nodes                        metrics.k8s.io     nodes                                            -   GL   -   -
cluster-config               core               namespaces                                       -   GLW  -   -
workloads                    scheduling.k8s.io  priorityclasses                                  -   GLW  -   -
storage-class-configuration  storage.k8s.io     storageclasses                                   -   GLW  -   -
"""

# By RoleBinding in the namespace of each project that the rule's scope reaches.
IN_PROJECTS = """
permission                   group              resources                                        C   R    U   D
project                      core               namespaces                                       -   G    -   -
project                      core               resourcequotas                                   -   GLW  -   -
policies                     run.ai             trainingpolicies,interactivepolicies             C   GLW  UP  D
policies                     run.ai             inferencepolicies,distributedpolicies            C   GLW  UP  D

workspaces                   run.ai             interactiveworkloads                             C   GLW  UP  D
trainings                    run.ai             trainingworkloads,distributedworkloads           C   GLW  UP  D
trainings                    kubeflow.org       mpijobs,pytorchjobs,tfjobs,xgboostjobs,jaxjobs   C   GLW  UP  D
trainings                    core               pods/log                                         -   -    G   -
inferences                   run.ai             inferenceworkloads                               C   GLW  UP  D
inferences                   serving.knative.dev  services                                       C   GLW  UP  D
inferences                   serving.knative.dev  configurations,revisions,routes                -   GLW  -   -
inferences                   core               pods/log                                         -   -    G   -
jobs                         run.ai             runaijobs                                        C   GLW  UP  D
jobs                         batch              jobs                                             C   GLW  UP  D
jobs                         core               pods/log                                         -   -    G   -
# The platform's first command line keeps the parameters of a job in one.
jobs                         core               configmaps                                       C   GLW  UP  D

workloads                    core               pods                                             C   GLW  P   D
workloads                    core               pods/log                                         -   -    G   -
workloads                    core               pods/exec,pods/attach,pods/portforward           -   -    CG  -
workloads                    core               services                                         C   GLW  UP  D
workloads                    core               endpoints,events                                 -   GLW  -   -
workloads                    events.k8s.io      events                                           -   GLW  -   -
workloads                    discovery.k8s.io   endpointslices                                   -   GLW  -   -
workloads                    metrics.k8s.io     pods                                             -   GL   -   -
workloads                    apps               deployments,statefulsets                         C   GLW  UP  D
workloads                    apps               deployments/scale,statefulsets/scale             -   G    UP  -
workloads                    apps               replicasets                                      -   GLW  -   -
workloads                    batch              jobs,cronjobs                                    C   GLW  UP  D
workloads                    networking.k8s.io  ingresses                                        C   GLW  UP  D

cm-volume-assets             core               configmaps                                       C   GLW  UP  D
pvc-assets                   core               persistentvolumeclaims                           C   GLW  UP  D
credentials                  core               secrets                                          C   -    GUP D
"""

# The two roles that the platform gave everybody until 2.13, verb by verb, for clusters whose scripts know them by name.
# (Its priority classes stood under a group that doesn't exist, "schedueling".)
JOB_VIEWER = """
group              resources                                                              verbs
core               configmaps,endpoints,events,namespaces,nodes,pods,services             GL
core               services/proxy                                                         GL
apps               deployments,replicasets,statefulsets                                   GL
batch              jobs                                                                   GL
discovery.k8s.io   endpointslices                                                         GL
kubeflow.org       mpijobs                                                                GL
networking.k8s.io  ingresses                                                              GL
run.ai             projects,runaijobs                                                     GL
scheduling.k8s.io  priorityclasses                                                        GL
"""

JOB_EXECUTOR = """
group              resources                                                              verbs
core               configmaps,services                                                    CUPD
core               persistentvolumeclaims,pods/attach,pods/exec                           GLWCUPD
core               pods/log                                                               GLW
apps               deployments,replicasets,statefulsets                                   CUPD
batch              jobs                                                                   CUPD
kubeflow.org       mpijobs                                                                CUPD
networking.k8s.io  ingresses                                                              CUPD
run.ai             runaijobs                                                              CUPD
"""
