//! The figures of the store in `/metrics`.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric, NoLabelSet};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;

use crate::store::Figures;
use crate::store::figures::OCCUPANCY_BUCKETS_US;

/// Encodes all figures of a store.
pub(super) fn encode(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
    for (name, help, count) in [
        ("store_commits", "Transactions committed", figures.commits),
        ("store_commands", "Commands in them, including administration and rejected ones", figures.commands),
        ("store_events", "Events written", figures.events),
        ("store_prepared_patches", "PATCH requests applied before they reached the writer", figures.prepared),
    ] {
        let counter = ConstCounter::new(count);
        counter.encode(encoder.encode_descriptor(name, help, None, counter.metric_type())?)?;
    }
    let ahead = figures.log_ahead_ms.div_ceil(1_000);
    for (name, help, value) in [
        ("store_queued", "Commands that wait for the writer", figures.queued),
        ("store_log_ahead_seconds", "How far the newest event is ahead of the clock", ahead),
    ] {
        let gauge = ConstGauge::new(i64::try_from(value).unwrap_or(i64::MAX));
        gauge.encode(encoder.encode_descriptor(name, help, None, gauge.metric_type())?)?;
    }
    encode_occupancy(figures, encoder)
}

/// Encodes one histogram for each kind of work of the writer.
fn encode_occupancy(figures: &Figures, encoder: &mut DescriptorEncoder<'_>) -> Result<(), fmt::Error> {
    let (name, help) = ("store_writer_occupancy_seconds", "Time that each kind of work occupied the writer");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    let seconds = |micros: u64| Duration::from_micros(micros).as_secs_f64();
    for (work, histogram) in figures.occupancy.histograms() {
        // The last bucket is unbounded, which the encoder expects as the greatest number.
        let bounds = OCCUPANCY_BUCKETS_US.map(seconds).into_iter().chain([f64::MAX]);
        let buckets: Vec<(f64, u64)> = bounds.zip(histogram.buckets).collect();
        metric.encode_family(&[("work", work.name())])?.encode_histogram::<NoLabelSet>(
            seconds(histogram.sum_us),
            histogram.count(),
            &buckets,
            None,
        )?;
    }
    Ok(())
}
