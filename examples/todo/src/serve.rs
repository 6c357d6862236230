//! The verb `serve`.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use todo::home::Home;
use todo::http::{Service, listen};
use todo::metrics::Metrics;
use todo::store::Store;
use todo::tour::asked_to_end;
use todo::welcome::welcome;

/// Serves until Ctrl-C.
#[expect(clippy::print_stdout, reason = "this is a command line")]
pub(crate) fn run(folder: Option<&Path>, address: SocketAddr) -> anyhow::Result<ExitCode> {
    let metrics = Metrics::install()?;
    let home = Home::open(folder)?;
    let store = Arc::new(Store::open(&home.database())?);
    let search = Arc::new(home.search()?);
    welcome(&store)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = listen(address).await.map_err(|source| Unavailable { address, source })?;
        println!("todo: http://{} (database and flags.toml in {})", listener.local_addr()?, home.folder().display());
        Service::new(store, search).metrics(metrics).serve(listener, asked_to_end()).await?;
        Ok(ExitCode::SUCCESS)
    })
}

/// The address cannot be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot listen on {address}")]
struct Unavailable {
    address: SocketAddr,
    source: io::Error,
}
