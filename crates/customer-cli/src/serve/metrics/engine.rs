//! The load of the engine of a store: its queues or its connections.

use std::fmt;
use std::sync::{Arc, OnceLock};

use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use crate::store::OpenStore;

/// Reads the load of the store when the metrics are read, once there is a store.
#[derive(Clone, Debug, Default)]
pub(super) struct EngineMetrics(Arc<OnceLock<OpenStore>>);

impl EngineMetrics {
    /// Sets the store, once.
    pub(super) fn set(&self, store: OpenStore) {
        // There is one store for each server.
        let _ = self.0.set(store);
    }
}

impl Collector for EngineMetrics {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut gauges = Gauges(encoder);
        match self.0.get() {
            Some(OpenStore::Sqlite(store)) => {
                let load = store.load();
                let waiting = [
                    ("write", load.queued_writes),
                    ("read", load.queued_reads),
                    ("list", load.queued_lists),
                ];
                let help = "Operations that wait for a thread of the store";
                gauges.family("store_queue_length", help, "queue", &waiting)?;
                let help = "Threads of the store that read";
                gauges.single("store_readers_busy", help, load.busy_readers)
            }
            Some(OpenStore::Postgres(store)) => {
                let pool = store.pool_status();
                let states = [
                    ("idle", pool.idle),
                    ("busy", pool.open.saturating_sub(pool.idle)),
                ];
                let help = "Open connections to the database";
                gauges.family("store_connections", help, "state", &states)?;
                let help = "Maximum number of connections to the database";
                gauges.single("store_connections_max", help, pool.max)?;
                let help = "Operations that wait for a connection to the database";
                gauges.single("store_connections_waiting", help, pool.waiting)
            }
            Some(OpenStore::Memory(_)) | None => Ok(()),
        }
    }
}

/// Encodes gauges.
struct Gauges<'a>(DescriptorEncoder<'a>);

impl Gauges<'_> {
    fn single(&mut self, name: &str, help: &str, value: usize) -> fmt::Result {
        let gauge = MetricType::Gauge;
        let mut encoder = self.0.encode_descriptor(name, help, None, gauge)?;
        encoder.encode_gauge(&(value as u64))
    }

    /// A gauge with one label.
    fn family(
        &mut self,
        name: &str,
        help: &str,
        label: &str,
        values: &[(&str, usize)],
    ) -> fmt::Result {
        let gauge = MetricType::Gauge;
        let mut encoder = self.0.encode_descriptor(name, help, None, gauge)?;
        for (of, value) in values {
            let labels = [(label, *of)];
            let mut encoder = encoder.encode_family(&labels)?;
            encoder.encode_gauge(&(*value as u64))?;
        }
        Ok(())
    }
}
