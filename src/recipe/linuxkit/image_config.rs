//! `config:`, which becomes the label that LinuxKit reads when it assembles a
//! machine.
//!
//! The tables follow LinuxKit's image configuration and, for mounts, resources
//! and mappings, the OCI runtime specification; its keys Go's YAML reader
//! expects in lower case.

use super::shape::{
    Field,
    LeftOut::{self, Empty, Never, Unset},
    Shape::{self, Bool, Int, List, Map, Scalar, Struct, Text},
};

/// The whole of it.
pub(super) const IMAGE_CONFIG: Shape = Struct(&[
    same("capabilities", TEXTS, Unset),
    same("capabilities.add", TEXTS, Unset),
    same("ambient", TEXTS, Unset),
    same("mounts", MOUNTS, Unset),
    same("binds", TEXTS, Unset),
    same("binds.add", TEXTS, Unset),
    same("devices", DEVICES, Unset),
    same("tmpfs", TEXTS, Unset),
    same("command", TEXTS, Unset),
    same("env", TEXTS, Unset),
    same("cwd", Text, Empty),
    same("net", Text, Empty),
    same("pid", Text, Empty),
    same("ipc", Text, Empty),
    same("uts", Text, Empty),
    same("userns", Text, Empty),
    same("hostname", Text, Empty),
    same("readonly", Bool, Unset),
    same("maskedPaths", TEXTS, Unset),
    same("readonlyPaths", TEXTS, Unset),
    same("uid", Scalar, Unset),
    same("gid", Scalar, Unset),
    same("additionalGids", List(&Scalar), Unset),
    same("noNewPrivileges", Bool, Unset),
    same("oomScoreAdj", Int, Unset),
    same("rootfsPropagation", Text, Unset),
    same("cgroupsPath", Text, Unset),
    same("resources", RESOURCES, Unset),
    same("sysctl", Map(&Text), Unset),
    same("rlimits", TEXTS, Unset),
    same("uidMappings", MAPPINGS, Unset),
    same("gidMappings", MAPPINGS, Unset),
    same("annotations", Map(&Text), Unset),
    same("runtime", RUNTIME, Unset),
]);

const TEXTS: Shape = List(&Text);

const MOUNTS: Shape = List(&Struct(&[
    same("destination", Text, Never),
    same("type", Text, Empty),
    same("source", Text, Empty),
    same("options", TEXTS, Empty),
]));

const DEVICES: Shape = List(&Struct(&[
    same("path", Text, Never),
    same("type", Text, Never),
    same("major", Int, Never),
    same("minor", Int, Never),
    same("mode", Text, Empty),
]));

const MAPPINGS: Shape = List(&Struct(&[
    field("containerid", "containerID", Int, Never),
    field("hostid", "hostID", Int, Never),
    same("size", Int, Never),
]));

const RUNTIME: Shape = Struct(&[
    same("cgroups", TEXTS, Unset),
    same("mounts", MOUNTS, Unset),
    same("mkdir", TEXTS, Unset),
    same("interfaces", INTERFACES, Unset),
    // A structure is never empty for Go.
    same("bindNS", NAMESPACES, Never),
    same("namespace", Text, Unset),
]);

const INTERFACES: Shape = List(&Struct(&[
    same("name", Text, Empty),
    same("add", Text, Empty),
    same("peer", Text, Empty),
    same("createInRoot", Bool, Never),
]));

const NAMESPACES: Shape = Struct(&[
    same("cgroup", Text, Unset),
    same("ipc", Text, Unset),
    same("mnt", Text, Unset),
    same("net", Text, Unset),
    same("pid", Text, Unset),
    same("user", Text, Unset),
    same("uts", Text, Unset),
]);

const RESOURCES: Shape = Struct(&[
    same(
        "devices",
        List(&Struct(&[
            same("allow", Bool, Never),
            same("type", Text, Empty),
            same("major", Int, Unset),
            same("minor", Int, Unset),
            same("access", Text, Empty),
        ])),
        Empty,
    ),
    same("memory", MEMORY, Unset),
    same("cpu", CPU, Unset),
    same("pids", Struct(&[same("limit", Int, Never)]), Unset),
    field("blockio", "blockIO", BLOCK_IO, Unset),
    field(
        "hugepagelimits",
        "hugepageLimits",
        List(&Struct(&[field("pagesize", "pageSize", Text, Never), same("limit", Int, Never)])),
        Empty,
    ),
    same("network", NETWORK, Unset),
    same("rdma", Map(&RDMA), Empty),
    same("unified", Map(&Text), Empty),
]);

const MEMORY: Shape = Struct(&[
    same("limit", Int, Unset),
    same("reservation", Int, Unset),
    same("swap", Int, Unset),
    same("kernel", Int, Unset),
    field("kerneltcp", "kernelTCP", Int, Unset),
    same("swappiness", Int, Unset),
    field("disableoomkiller", "disableOOMKiller", Bool, Unset),
    field("usehierarchy", "useHierarchy", Bool, Unset),
]);

const CPU: Shape = Struct(&[
    same("shares", Int, Unset),
    same("quota", Int, Unset),
    same("period", Int, Unset),
    field("realtimeruntime", "realtimeRuntime", Int, Unset),
    field("realtimeperiod", "realtimePeriod", Int, Unset),
    same("cpus", Text, Empty),
    same("mems", Text, Empty),
]);

const BLOCK_IO: Shape = Struct(&[
    same("weight", Int, Unset),
    field("leafweight", "leafWeight", Int, Unset),
    field(
        "weightdevice",
        "weightDevice",
        List(&Struct(&[
            same("major", Int, Never),
            same("minor", Int, Never),
            same("weight", Int, Unset),
            field("leafweight", "leafWeight", Int, Unset),
        ])),
        Empty,
    ),
    field("throttlereadbpsdevice", "throttleReadBpsDevice", THROTTLES, Empty),
    field("throttlewritebpsdevice", "throttleWriteBpsDevice", THROTTLES, Empty),
    field("throttlereadiopsdevice", "throttleReadIOPSDevice", THROTTLES, Empty),
    field("throttlewriteiopsdevice", "throttleWriteIOPSDevice", THROTTLES, Empty),
]);

const THROTTLES: Shape = List(&Struct(&[
    same("major", Int, Never),
    same("minor", Int, Never),
    same("rate", Int, Never),
]));

const NETWORK: Shape = Struct(&[
    field("classid", "classID", Int, Unset),
    same(
        "priorities",
        List(&Struct(&[same("name", Text, Never), same("priority", Int, Never)])),
        Empty,
    ),
]);

const RDMA: Shape = Struct(&[
    field("hcahandles", "hcaHandles", Int, Unset),
    field("hcaobjects", "hcaObjects", Int, Unset),
]);

/// A field with one name in both.
const fn same(name: &'static str, shape: Shape, left_out: LeftOut) -> Field {
    field(name, name, shape, left_out)
}

const fn field(yaml: &'static str, json: &'static str, shape: Shape, left_out: LeftOut) -> Field {
    Field { yaml, json, shape, left_out }
}
