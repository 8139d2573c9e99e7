//! The Service in front of the subject, in words.

use simulator::model::{Model, Service};

/// One line about the Service; its numbers are among the settings.
pub(super) fn line(model: &Model, service: &Service) -> String {
    let container = service.container.as_deref().unwrap_or_else(|| {
        model.subject.template.containers.first().map_or("", |container| container.name.as_str())
    });
    let pairs: Vec<_> = service.selector.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let selected =
        if pairs.is_empty() { "all pods".to_owned() } else { format!("pods with {}", pairs.join(",")) };
    let mut line =
        format!("Service {}/{}: to container {container}; {selected}", model.subject.namespace, service.name);
    if service.publish_not_ready {
        line += "; publishes pods that are not ready";
    }
    if service.local {
        line += "; clients reach pods of their own node only";
    }
    line
}
