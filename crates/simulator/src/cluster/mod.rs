//! The cluster at work: one world of objects, watches, queues, controllers and nodes, moved from event to
//! event.
//!
//! The [`World`] is one value; its behaviour lies in one file per part of a cluster. What is absent here:
//! what is being measured ([`observe`](crate::observe)), and how a controller decides (crate
//! `controller`).

mod admission;
mod api_event;
mod api_server;
mod control_plane;
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
mod registry;
mod replica_set_controller;
mod room;
mod scheduler;
mod script;
mod service;
mod settled;
mod site;
mod user;
mod user_objects;
mod victims;
mod watch;
mod work_queue;
mod world;
mod write;

pub use api_server::ApiServer;
pub use control_plane::ControlPlaneEvent;
pub(crate) use deployment_controller::name_of;
pub use event::{
    Controller, Event, Incarnation, PodStep, RegistryEvent, SchedulingEvent, ScriptedChange, Watch,
};
pub use node_lifecycle::NodeEvent;
pub use pod::{NodeId, Pod, PodId};
pub use pod_table::PodTable;
pub use quantity::{count, quantity};
pub(crate) use rate::TokenBucket;
pub use refusal::{About, Noted, Refusal, call_name};
pub use scheduler::{Change, admits};
pub use script::{ApiErrors, ImageScript, Script, ScriptedAction};
pub use service::{Endpoint, EndpointChange, Role, ServiceEvent};
pub use world::{Load, World};

pub use crate::model::{Resource, Verb};

#[cfg(test)]
#[path = "../../tests/common/mod.rs"]
pub(crate) mod common;
