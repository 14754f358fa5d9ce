//! The front door: accepts connections, speaks TLS where it is given keys, and lets nobody hold a connection for nothing.
//! A client that is slow at its request's head, at reading, or at shaking hands is let go; others do not notice.

use axum::Router;
use axum::extract::ConnectInfo;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use rustls::ServerConfig;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_io_timeout::TimeoutStream;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// The ALPN name under which a certificate authority asks for its proof (RFC 8737): such a connection carries no request.
pub const ACME_ALPN: &[u8] = b"acme-tls/1";

/// What a connection may take.
#[derive(Debug, Clone, Copy)]
pub struct Terms {
    /// How long a request's head, and the wait for it, may take.
    pub head_timeout: Duration,
    /// How long a client may leave what it is being sent unread.
    pub write_timeout: Duration,
    /// How long shaking hands over TLS may take.
    pub handshake_timeout: Duration,
    /// The most bytes of a request's head.
    pub head_bytes: usize,
    /// The most connections at a time; further ones wait to be accepted.
    pub connections: usize,
    /// How long what is under way may go on after closing.
    pub farewell: Duration,
}

impl Default for Terms {
    fn default() -> Self {
        Self {
            head_timeout: Duration::from_secs(30),
            write_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(10),
            head_bytes: 64 * 1024,
            connections: 4096,
            farewell: Duration::from_secs(25),
        }
    }
}

/// Serves connections until `closing`, then waits for what is under way.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    tls: Option<Arc<ServerConfig>>,
    terms: Terms,
    closing: CancellationToken,
) {
    let tls = tls.map(TlsAcceptor::from);
    let places = Arc::new(Semaphore::new(terms.connections));
    let graceful = GracefulShutdown::new();
    let door = Arc::new(Door { router, terms, tls });
    loop {
        let next = async {
            // The semaphore is never closed.
            let place = places.clone().acquire_owned().await.ok()?;
            Some((listener.accept().await, place))
        };
        let accepted = tokio::select! {
            accepted = next => accepted,
            () = closing.cancelled() => break,
        };
        let Some((accepted, place)) = accepted else { break };
        match accepted {
            Ok((stream, peer)) => {
                tokio::spawn(door.clone().receive(stream, peer, graceful.watcher(), place));
            }
            Err(error) => {
                // Out of file descriptors, or a connection that ended before it began: not a reason to stop, nor to spin.
                tracing::debug!(error = %error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
    drop(listener);
    drop(tokio::time::timeout(terms.farewell, graceful.shutdown()).await);
}

struct Door {
    router: Router,
    terms: Terms,
    tls: Option<TlsAcceptor>,
}

impl Door {
    async fn receive(
        self: Arc<Self>,
        stream: TcpStream,
        peer: SocketAddr,
        watcher: Watcher,
        place: OwnedSemaphorePermit,
    ) {
        // Small answers and event streams go out at once.
        drop(stream.set_nodelay(true));
        match &self.tls {
            None => self.converse(stream, peer, watcher).await,
            Some(acceptor) => {
                match tokio::time::timeout(self.terms.handshake_timeout, acceptor.accept(stream)).await {
                    Ok(Ok(stream)) if stream.get_ref().1.alpn_protocol() == Some(ACME_ALPN) => {}
                    Ok(Ok(stream)) => self.converse(stream, peer, watcher).await,
                    Ok(Err(error)) => tracing::debug!(error = %error, "no TLS was agreed on"),
                    Err(_) => tracing::debug!("a client did not finish shaking hands"),
                }
            }
        }
        drop(place);
    }

    async fn converse<S>(&self, stream: S, peer: SocketAddr, watcher: Watcher)
    where
        S: AsyncRead + AsyncWrite + Send + 'static,
    {
        let mut stream = TimeoutStream::new(stream);
        stream.set_write_timeout(Some(self.terms.write_timeout));
        let stream = Box::pin(stream);
        let router = self.router.clone();
        let service = TowerToHyperService::new(router.map_request(
            move |mut request: http::Request<hyper::body::Incoming>| {
                request.extensions_mut().insert(ConnectInfo(peer));
                request.map(axum::body::Body::new)
            },
        ));
        let mut builder = Builder::new(TokioExecutor::new());
        builder
            .http1()
            .timer(TokioTimer::new())
            .header_read_timeout(self.terms.head_timeout)
            .max_buf_size(self.terms.head_bytes);
        builder
            .http2()
            .timer(TokioTimer::new())
            .keep_alive_interval(Some(self.terms.head_timeout))
            .keep_alive_timeout(Duration::from_secs(20))
            .max_header_list_size(u32::try_from(self.terms.head_bytes).unwrap_or(u32::MAX))
            .max_concurrent_streams(128);
        let connection = builder.serve_connection_with_upgrades(TokioIo::new(stream), service);
        if let Err(error) = watcher.watch(connection.into_owned()).await {
            tracing::debug!(error = %error, "a connection ended early");
        }
    }
}
