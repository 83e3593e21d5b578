# Role id, name and description. All three are contract: access rules store the id, scripts look roles up by
# name, and the descriptions are the platform's own, also where they say more or less than its matrix.
BUILT_IN = (
    (
        1,
        "System administrator",
        "A system administrator can:\n"
        "Control all aspects of the system: users, organizations, compute resources, general "
        "settings, etc.\n"
        "This role has global system control and should be limited to a small group of skilled IT "
        "administrators.",
    ),
    (
        3,
        "Editor",
        "An editor can do the following within their assigned scope:\n"
        "View: screens, dashboards\n"
        "Manage: departments, projects, datavolumes, datavolumes/sharedscopes",
    ),
    (
        4,
        "Research manager",
        "A research manager can do the following within their assigned scope:\n"
        "Create, view, edit, delete: environments, data sources, compute resources, templates, "
        "datavolumes, datavolumes/sharedscopes\n"
        "View: projects, related jobs and workspaces, dashboards",
    ),
    (
        5,
        "L1 researcher",
        "An L1 researcher can do the following within their assigned projects:\n"
        "Create, view, edit, delete: jobs, workspaces, environments, data sources, compute resources,"
        " templates, datavolumes\n"
        "View: dashboards",
    ),
    (
        6,
        "ML engineer",
        "An ML engineer can do the following within their assigned scope:\n"
        "Create, edit, view, delete: deployments\n"
        "View: departments, projects, clusters, node-pools, nodes, dashboards, datavolumes",
    ),
    (
        7,
        "Viewer",
        "A viewer can:\n"
        "View: departments, projects, respective subordinates (jobs, deployments, workspaces, "
        "environments, data sources, compute resources, templates), dashboards, datavolumes\n"
        "A viewer cannot:\n"
        "Edit: configurations",
    ),
    (
        8,
        "L2 researcher",
        "An L2 researcher can do the following within their assigned projects:\n"
        "Create, view, edit, delete: jobs, workspaces\n"
        "An L2 researcher cannot do the following within their assigned projects:\n"
        "Create, edit, delete: environments, data sources, compute resources, templates",
    ),
    (
        9,
        "Environment administrator",
        "An environment administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: environments\n"
        "View: jobs, workspaces, dashboards, data sources, compute resources, templates, datavolumes",
    ),
    (
        10,
        "Data source administrator",
        "A data source administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: data sources\n"
        "View: jobs, workspaces, dashboards, environments, compute resources, templates, datavolumes",
    ),
    (
        11,
        "Compute resource administrator",
        "A compute resource administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: compute resources\n"
        "View: jobs, workspaces, dashboards, environments, data sources, templates, datavolumes",
    ),
    (
        12,
        "Template administrator",
        "A template administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: templates\n"
        "View: jobs, workspaces, dashboards, environments, compute resources, data sources, "
        "datavolumes",
    ),
    (
        13,
        "Department viewer",
        "A department viewer can do the following within their assigned scope:\n"
        "View: departments, projects, assigned subordinates (jobs, deployments, workspaces, "
        "environments, data sources, compute resources, templates), dashboards, datavolumes",
    ),
    (
        14,
        "AI practitioner",
        "An AI practitioner can do the following within their assigned scope:\n"
        "Create, view, edit, delete: workloads, environments, data sources, compute resources, "
        "credentials, registries, templates\n"
        "View: departments, projects, policies, data volumes, PVCs",
    ),
    (
        15,
        "Project administrator",
        "A project administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: policies, workloads, data sources, data volumes and all other "
        "workload assets\n"
        "Assign: roles (AI practitioner, data and storage administrator, project administrator)\n"
        "View: departments, projects, applications, roles",
    ),
    (
        16,
        "Data and storage administrator",
        "A data and storage administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: data sources, data volumes, storage class configurations\n"
        "View: departments, projects, workloads, other workload assets",
    ),
    (
        373,
        "Credentials administrator",
        "A credentials administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: credentials\n"
        "View: jobs, workspaces, dashboards, data sources, compute resources, templates, "
        "environments, datavolumes",
    ),
    (
        1708,
        "Application administrator",
        "An application administrator can:\n"
        "Manage: departments, projects.\n"
        "Assign: roles (department administrator, researcher, ML engineer, research manager, viewer).\n"
        "View: users, dashboards (including Consumption), nodepools.",
    ),
    (
        1709,
        "Cloud support",
        "A cloud support can do the following:\nView: all aspects of the system.",
    ),
    (
        1710,
        "Department administrator",
        "A department administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: departments, projects, datavolumes, datavolumes/sharedscopes\n"
        "Assign: roles (researcher, ML engineer, research manager, viewer) within those departments "
        "and projects\n"
        "View: dashboards (including Consumption)",
    ),
    (
        1711,
        "Cloud operator",
        "A cloud operator can do the following:\n"
        "Manage: clusters, settings, nodepools.\n"
        "View: nodes, users, roles, event history.",
    ),
    (
        2256,
        "Data volume administrator",
        "A Data volume administrator can do the following within their assigned scope:\n"
        "Create, view, edit, delete: datavolumes, datavolumes/sharedscopes\n"
        "View: jobs, workspaces, dashboards, environments, compute resources, data sources, templates",
    ),
)
