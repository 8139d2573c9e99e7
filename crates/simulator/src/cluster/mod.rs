//! The simulated cluster: one world of objects, watches, queues, controllers and nodes, advanced event by
//! event.
//!
//! The [`World`] is one value; each part of the cluster has its own file. Not here: measures
//! ([`observe`](crate::observe)) and the decisions of the controllers (crate `controller`).

mod admission;
mod api_event;
mod api_server;
mod control_plane;
mod deletion_choice;
mod deployment_controller;
mod event;
mod fault;
mod garbage_collector;
mod informer;
mod kubelet;
mod machinery;
mod names;
mod node;
mod node_lifecycle;
mod pod;
mod pod_cache;
mod pod_table;
mod quantity;
mod rate;
mod ready_times;
mod refusal;
mod refused_template;
mod registry;
mod replica_set_controller;
mod scheduler;
mod script;
mod service;
mod settled;
mod site;
mod user;
mod user_objects;
mod watch;
mod work_queue;
mod world;
mod write;

pub use api_server::ApiServer;
pub use control_plane::ControlPlaneEvent;
pub(crate) use deployment_controller::name_of;
pub use event::{
    Controller, Event, Incarnation, PodEvent, RegistryEvent, SchedulingEvent, ScriptedChange, Watch,
};
pub use node_lifecycle::NodeEvent;
pub use pod::{NodeId, Pod, PodId};
pub use pod_table::PodTable;
pub use quantity::{count, quantity};
pub(crate) use rate::TokenBucket;
pub use refusal::{RecordedRefusal, Refusal, RefusedCall, call_name};
pub use scheduler::{ClusterChange, admits};
pub use script::{ApiErrors, ImageScript, Script, ScriptedAction};
pub use service::{
    Endpoint, EndpointChange, PodChange, Role, ScriptedSlices, ServiceEvent, SliceAction, SliceEvent,
    SliceRecord, replay_slices,
};
pub use world::{Load, World};

pub use crate::model::{Resource, Verb};

#[cfg(test)]
#[path = "../../tests/common/mod.rs"]
pub(crate) mod common;
