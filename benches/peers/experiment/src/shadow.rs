//! `request-shadow`.
//!
//! Measured is `Shadower::call` on two in-process backends, as in its documentation. It knows only bytes, so the checksum
//! travels as eight bytes. The loop runs inside one `block_on`: no runtime is entered per call.

use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use peers_measure::Workload;
use request_shadow::{Backend, ResponseRecord, ShadowConfig, ShadowError, Shadower};

use crate::work;

struct Checksum(fn(u64) -> u64);

#[async_trait]
impl Backend for Checksum {
    async fn call(&self, input: &[u8]) -> Result<ResponseRecord, ShadowError> {
        let record = u64::from_le_bytes(input.try_into().expect("every request is eight bytes"));
        Ok(ResponseRecord::ok((self.0)(record).to_le_bytes().to_vec()))
    }
}

/// A share of 0 % is its only switch.
pub(crate) fn switched_off() -> Workload {
    calling(work::new, ShadowConfig::full_sample().sample_rate(0))
}

/// It samples whole percents only, by a hash of the request.
pub(crate) fn sampled_out() -> Workload {
    calling(work::new, ShadowConfig::full_sample().sample_rate(1))
}

pub(crate) fn matching() -> Workload {
    calling(work::new, ShadowConfig::full_sample())
}

pub(crate) fn mismatching() -> Workload {
    calling(work::wrong, ShadowConfig::full_sample())
}

/// How long one call takes whose candidate sleeps for ten seconds: both legs are joined.
pub(crate) fn one_call_with_sleeping_candidate() -> Duration {
    let shadower = Shadower::new(Arc::new(Checksum(work::old)), Arc::new(Sleeping), ShadowConfig::full_sample());
    let runtime = runtime();
    let start = Instant::now();
    let _ = black_box(runtime.block_on(shadower.call(&0_u64.to_le_bytes())));
    start.elapsed()
}

struct Sleeping;

#[async_trait]
impl Backend for Sleeping {
    async fn call(&self, input: &[u8]) -> Result<ResponseRecord, ShadowError> {
        tokio::time::sleep(Duration::from_secs(10)).await;
        Ok(ResponseRecord::ok(input.to_vec()))
    }
}

fn calling(candidate: fn(u64) -> u64, config: ShadowConfig) -> Workload {
    let shadower = Shadower::new(Arc::new(Checksum(work::old)), Arc::new(Checksum(candidate)), config);
    let runtime = runtime();
    Box::new(move |calls| {
        runtime.block_on(async {
            for record in 0..calls {
                let outcome = shadower.call(&black_box(record).to_le_bytes()).await;
                let _ = black_box(outcome);
            }
        });
    })
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()
        .expect("a runtime on this thread needs nothing that could be missing")
}
