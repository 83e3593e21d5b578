# What each built-in role may do. Rows are resource types as the API spells them, columns are role ids, cells
# are Create, Read, Update, Delete or nothing.
#
# The rows above "since 2.24" of the eighteen roles 1 to 13 and 373 up are the platform's own answer at 2.18,
# cell by cell (tests/contract/roles_2_18.json).
#
# The rows below it are types that the platform named later, with the cells of its 2.25 documentation. That
# doesn't know Application administrator, Cloud support and Cloud operator (1708, 1709, 1711). The first has the
# cells of Department administrator, whom it must be able to appoint; the others hold none.
#
# AI practitioner, Project administrator, Data and storage administrator (14, 15, 16) exist since 2.25 only.
# The entities of its documentation became these rows:
#   Account: tenant. Event history: events-history. Applications: apps. Users: users and groups.
#   Workloads: workloads and jobs, their older name.
#   PVC: pvc-assets. Data sources: all the other types displayed as that.
#   Data volumes: datavolumes; and the sharing list for who has all of it, because the roles that have all of
#     it in 2.25 are exactly those that have the sharing list in 2.18.
#   Clusters minimal: cluster. Every role of 2.18 reads that, so it already is the minimum: knowing that a
#     cluster is there. Node pools minimal: nothing; 2.18 withholds nodepools from many roles.
#   Settings: nothing. Until 2.21 they included what is now security-settings, which 2.25 withholds from two
#     of the three; and a Department administrator, who doesn't read them in 2.18, could appoint none of them.
#   cluster-config and the dashboards are no entities of 2.25: nothing.

WHO_MANAGES_AND_WHO_WORKS = """
role_id                        1    3    4    5    6    7    8   13 1708 1709 1710 1711   14   15
department                  CRUD CRUD    R    -    R    R    -    R CRUD    R    R    -    R    R
events-history                 R    -    -    -    -    -    -    -    R    R    -    R    -    -
policies                    CRUD CRUD    R    R    R    R    R    R CRUD    R CRUD    -    R CRUD
project                     CRUD CRUD CRUD    R    R    R    R    R CRUD    R CRUD    -    R    R
settings                    CRUD    -    -    -    -    -    -    -    -    R    - CRUD    -    -
tenant                         R    R    R    R    R    R    R    R    R    R    R    R    R    R
cluster                     CRUD    R    R    R    R    R    R    R    R    R    R CRUD    R    R
cluster-config              CRUD    -    -    -    -    -    -    -    R    -    - CRUD    -    -
nodepools                   CRUD    R    R    R    R    R    R    -    R    R    R CRUD    -    -
nodes                          R    R    -    -    R    R    -    -    R    R    R    R    -    -
access_rules                CRUD CRUD CRUD    -    -    -    -    - CRUD    R CRUD    R    - CRUD
apps                        CRUD    R    -    -    -    -    -    -    R    -    R CRUD    -    R
groups                      CRUD    R    -    -    -    -    -    -    R    -    R    -    -    -
roles                          R    R    R    -    -    -    -    -    R    R    R    -    -    R
users                       CRUD    R    -    -    -    -    -    -    R    R    R    R    -    -
dashboards-analytics           R    R    R    R    R    R    -    R    R    R    R    -    -    -
dashboards-consumption         R    R    R    R    R    R    -    R    R    R    R    -    -    -
dashboards-overview            R    R    R    R    R    R    -    R    R    R    R    -    -    -
inferences                  CRUD    R    R    R CRUD    R    -    R CRUD    R CRUD    - CRUD CRUD
jobs                        CRUD CRUD    R CRUD    R    R CRUD    R CRUD    R CRUD    - CRUD CRUD
trainings                   CRUD CRUD CRUD CRUD    -    R CRUD    R CRUD    R CRUD    - CRUD CRUD
workloads                   CRUD CRUD    R CRUD    R    R CRUD    R CRUD    R CRUD    - CRUD CRUD
workspaces                  CRUD CRUD CRUD CRUD    R    R CRUD    R CRUD    R CRUD    - CRUD CRUD
cm-volume-assets            CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
compute-resources           CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
credentials                 CRUD CRUD    R CRUD    R    R    R    - CRUD    R CRUD    - CRUD CRUD
datavolumes                 CRUD CRUD CRUD CRUD    R    R    R    R CRUD    - CRUD    -    R CRUD
datavolumes/sharedscopes    CRUD CRUD CRUD    -    -    -    -    - CRUD    - CRUD    -    - CRUD
environments                CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
git-assets                  CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
host-path-assets            CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
nfs-assets                  CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
pvc-assets                  CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    -    R CRUD
s3-assets                   CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
secret-volume-assets        CRUD CRUD CRUD CRUD    -    R    R    R CRUD    - CRUD    - CRUD CRUD
templates                   CRUD CRUD CRUD CRUD    -    R    R    R CRUD    R CRUD    - CRUD CRUD
# since 2.24
branding-settings           CRUD    R    R    R    R    R    R    R    R    -    R    -    -    -
network-topologies          CRUD    R    -    R    R    R    R    -    R    -    R    -    -    -
security-settings           CRUD    R    R    R    R    R    R    R    R    -    R    -    -    R
service-account             CRUD    R    -    -    -    -    -    - CRUD    - CRUD    -    -    R
workload-properties         CRUD    R    R    R    R    R    R    R    R    -    R    -    R    R
registries                  CRUD CRUD    R    R    R    R    R    R CRUD    - CRUD    - CRUD CRUD
storage-class-configuration CRUD CRUD    R    R    R    R    R    R CRUD    - CRUD    -    R CRUD
"""

WHO_ADMINISTERS_ONE_KIND_OF_ASSET = """
role_id                        9   10   11   12  373 2256   16
department                     R    R    R    R    R    R    R
events-history                 -    -    -    -    -    -    -
policies                       R    R    R    R    R    R    -
project                        R    R    R    R    R    R    R
settings                       -    -    -    -    -    -    -
tenant                         R    R    R    R    R    R    R
cluster                        R    R    R    R    R    R    R
cluster-config                 -    -    -    -    -    -    -
nodepools                      -    -    -    -    -    -    -
nodes                          -    -    -    -    -    -    -
access_rules                   -    -    -    -    -    -    -
apps                           -    -    -    -    -    -    -
groups                         -    -    -    -    -    -    -
roles                          -    -    -    -    -    -    -
users                          -    -    -    -    -    -    -
dashboards-analytics           R    R    R    R    R    R    -
dashboards-consumption         R    R    R    R    R    R    -
dashboards-overview            R    R    R    R    R    R    -
inferences                     -    -    -    -    -    -    R
jobs                           R    R    R    R    R    R    R
trainings                      R    R    R    R    R    R    R
workloads                      R    R    R    R    R    R    R
workspaces                     R    R    R    R    R    R    R
cm-volume-assets               R CRUD    R    R    R    R CRUD
compute-resources              R    R CRUD    R    R    R    R
credentials                    -    R    -    - CRUD    R    R
datavolumes                    R    R    R    R    R CRUD CRUD
datavolumes/sharedscopes       -    -    -    -    - CRUD CRUD
environments                CRUD    R    R    R    R    R    R
git-assets                     R CRUD    R    R    R    R CRUD
host-path-assets               R CRUD    R    R    R    R CRUD
nfs-assets                     R CRUD    R    R    R    R CRUD
pvc-assets                     R CRUD    R    R    R    R CRUD
s3-assets                      R CRUD    R    R    R    R CRUD
secret-volume-assets           R CRUD    R    R    R    R CRUD
templates                      R    R    R CRUD    R    R    R
# since 2.24
branding-settings              R    R    R    R    R    R    -
network-topologies             -    -    -    -    -    -    -
security-settings              R    R    R    R    R    R    -
service-account                -    -    -    -    -    -    -
workload-properties            R    R    R    R    R    R    R
registries                     R    R    R    R    R    R    R
storage-class-configuration    -    R    -    R    -    - CRUD
"""
