//! Written by scripts/schema.py from Google's description of monitoring v1, revision 20260903: change the script, not this.
//! As long as what that says of the kinds: nobody edits it, and an API is looked up in one place.

use std::collections::BTreeMap;

use engine::{Field, Input, Message, Seconds, Shape};
use serde::Serialize;

/// monitoring v1, Aggregation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Aggregation {
    /// Seconds. monitoring v1, Aggregation.alignmentPeriod.
    pub alignment_period: Input<Seconds>,
    /// One of a list. monitoring v1, Aggregation.crossSeriesReducer.
    pub cross_series_reducer: Input<CrossSeriesReducer>,
    /// A list. monitoring v1, Aggregation.groupByFields.
    pub group_by_fields: Vec<Input<String>>,
    /// One of a list. monitoring v1, Aggregation.perSeriesAligner.
    pub per_series_aligner: Input<PerSeriesAligner>,
}

pub static AGGREGATION: Message = Message {
    name: "Aggregation",
    fields: &[
        Field { name: "alignmentPeriod", shape: Shape::Duration, output: false },
        Field { name: "crossSeriesReducer", shape: Shape::Enum, output: false },
        Field { name: "groupByFields", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "perSeriesAligner", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, AggregationFunction.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AggregationFunction {
    /// A list. monitoring v1, AggregationFunction.parameters.
    pub parameters: Vec<Parameter>,
    /// Text. monitoring v1, AggregationFunction.type.
    pub r#type: Input<String>,
}

pub static AGGREGATION_FUNCTION: Message = Message {
    name: "AggregationFunction",
    fields: &[
        Field { name: "parameters", shape: Shape::List(&Shape::Message(&PARAMETER)), output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, AlertChart.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct AlertChart {
    /// Text. monitoring v1, AlertChart.name.
    pub name: Input<String>,
}

pub static ALERT_CHART: Message =
    Message { name: "AlertChart", fields: &[Field { name: "name", shape: Shape::Text, output: false }] };

/// monitoring v1, Axis.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Axis {
    /// Text. monitoring v1, Axis.label.
    pub label: Input<String>,
    /// One of a list. monitoring v1, Axis.scale.
    pub scale: Input<AxisScale>,
}

pub static AXIS: Message = Message {
    name: "Axis",
    fields: &[
        Field { name: "label", shape: Shape::Text, output: false },
        Field { name: "scale", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, Breakdown.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Breakdown {
    /// A message. monitoring v1, Breakdown.aggregationFunction.
    pub aggregation_function: Option<AggregationFunction>,
    /// Text. monitoring v1, Breakdown.column.
    pub column: Input<String>,
    /// A whole number. monitoring v1, Breakdown.limit.
    pub limit: Input<i64>,
    /// One of a list. monitoring v1, Breakdown.sortOrder.
    pub sort_order: Input<SortOrder>,
}

pub static BREAKDOWN: Message = Message {
    name: "Breakdown",
    fields: &[
        Field { name: "aggregationFunction", shape: Shape::Message(&AGGREGATION_FUNCTION), output: false },
        Field { name: "column", shape: Shape::Text, output: false },
        Field { name: "limit", shape: Shape::Int, output: false },
        Field { name: "sortOrder", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, ChartOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChartOptions {
    /// True or false. monitoring v1, ChartOptions.displayHorizontal.
    pub display_horizontal: Input<bool>,
    /// One of a list. monitoring v1, ChartOptions.mode.
    pub mode: Input<ChartOptionsMode>,
}

pub static CHART_OPTIONS: Message = Message {
    name: "ChartOptions",
    fields: &[
        Field { name: "displayHorizontal", shape: Shape::Bool, output: false },
        Field { name: "mode", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, CollapsibleGroup.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct CollapsibleGroup {
    /// True or false. monitoring v1, CollapsibleGroup.collapsed.
    pub collapsed: Input<bool>,
}

pub static COLLAPSIBLE_GROUP: Message = Message {
    name: "CollapsibleGroup",
    fields: &[Field { name: "collapsed", shape: Shape::Bool, output: false }],
};

/// monitoring v1, Column.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Column {
    /// A whole number. monitoring v1, Column.weight.
    pub weight: Input<i64>,
    /// A list. monitoring v1, Column.widgets.
    pub widgets: Vec<Widget>,
}

pub static COLUMN: Message = Message {
    name: "Column",
    fields: &[
        Field { name: "weight", shape: Shape::Int64, output: false },
        Field { name: "widgets", shape: Shape::List(&Shape::Message(&WIDGET)), output: false },
    ],
};

/// monitoring v1, ColumnLayout.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnLayout {
    /// A list. monitoring v1, ColumnLayout.columns.
    pub columns: Vec<Column>,
}

pub static COLUMN_LAYOUT: Message = Message {
    name: "ColumnLayout",
    fields: &[Field { name: "columns", shape: Shape::List(&Shape::Message(&COLUMN)), output: false }],
};

/// monitoring v1, ColumnSettings.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnSettings {
    /// One of a list. monitoring v1, ColumnSettings.alignment.
    pub alignment: Input<ColumnSettingsAlignment>,
    /// Text. monitoring v1, ColumnSettings.column.
    pub column: Input<String>,
    /// Text. monitoring v1, ColumnSettings.displayName.
    pub display_name: Input<String>,
    /// A list. monitoring v1, ColumnSettings.thresholds.
    pub thresholds: Vec<Threshold>,
    /// True or false. monitoring v1, ColumnSettings.visible.
    pub visible: Input<bool>,
}

pub static COLUMN_SETTINGS: Message = Message {
    name: "ColumnSettings",
    fields: &[
        Field { name: "alignment", shape: Shape::Enum, output: false },
        Field { name: "column", shape: Shape::Text, output: false },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "thresholds", shape: Shape::List(&Shape::Message(&THRESHOLD)), output: false },
        Field { name: "visible", shape: Shape::Bool, output: false },
    ],
};

/// monitoring v1, ColumnSortingOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnSortingOptions {
    /// Text. monitoring v1, ColumnSortingOptions.column.
    pub column: Input<String>,
    /// One of a list. monitoring v1, ColumnSortingOptions.direction.
    pub direction: Input<ColumnSortingOptionsDirection>,
}

pub static COLUMN_SORTING_OPTIONS: Message = Message {
    name: "ColumnSortingOptions",
    fields: &[
        Field { name: "column", shape: Shape::Text, output: false },
        Field { name: "direction", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, Dashboard.
pub static DASHBOARD: Message = Message {
    name: "Dashboard",
    fields: &[
        Field { name: "annotations", shape: Shape::Message(&DASHBOARD_ANNOTATIONS), output: false },
        Field { name: "columnLayout", shape: Shape::Message(&COLUMN_LAYOUT), output: false },
        Field {
            name: "dashboardFilters",
            shape: Shape::List(&Shape::Message(&DASHBOARD_FILTER)),
            output: false,
        },
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "etag", shape: Shape::Text, output: false },
        Field { name: "gridLayout", shape: Shape::Message(&GRID_LAYOUT), output: false },
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "mosaicLayout", shape: Shape::Message(&MOSAIC_LAYOUT), output: false },
        Field { name: "name", shape: Shape::Text, output: false },
        Field { name: "rowLayout", shape: Shape::Message(&ROW_LAYOUT), output: false },
    ],
};

/// monitoring v1, DashboardAnnotations.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DashboardAnnotations {
    /// A list. monitoring v1, DashboardAnnotations.defaultResourceNames.
    pub default_resource_names: Vec<Input<String>>,
    /// A list. monitoring v1, DashboardAnnotations.eventAnnotations.
    pub event_annotations: Vec<EventAnnotation>,
}

pub static DASHBOARD_ANNOTATIONS: Message = Message {
    name: "DashboardAnnotations",
    fields: &[
        Field { name: "defaultResourceNames", shape: Shape::List(&Shape::Text), output: false },
        Field {
            name: "eventAnnotations",
            shape: Shape::List(&Shape::Message(&EVENT_ANNOTATION)),
            output: false,
        },
    ],
};

/// monitoring v1, DashboardFilter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DashboardFilter {
    /// One of a list. monitoring v1, DashboardFilter.filterType.
    pub filter_type: Input<FilterType>,
    /// Text. monitoring v1, DashboardFilter.labelKey.
    pub label_key: Input<String>,
    /// A message. monitoring v1, DashboardFilter.stringArray.
    pub string_array: Option<StringArray>,
    /// A message. monitoring v1, DashboardFilter.stringArrayValue.
    pub string_array_value: Option<StringArray>,
    /// Text. monitoring v1, DashboardFilter.stringValue.
    pub string_value: Input<String>,
    /// Text. monitoring v1, DashboardFilter.templateVariable.
    pub template_variable: Input<String>,
    /// A message. monitoring v1, DashboardFilter.timeSeriesQuery.
    pub time_series_query: Option<TimeSeriesQuery>,
    /// One of a list. monitoring v1, DashboardFilter.valueType.
    pub value_type: Input<ValueType>,
}

pub static DASHBOARD_FILTER: Message = Message {
    name: "DashboardFilter",
    fields: &[
        Field { name: "filterType", shape: Shape::Enum, output: false },
        Field { name: "labelKey", shape: Shape::Text, output: false },
        Field { name: "stringArray", shape: Shape::Message(&STRING_ARRAY), output: false },
        Field { name: "stringArrayValue", shape: Shape::Message(&STRING_ARRAY), output: false },
        Field { name: "stringValue", shape: Shape::Text, output: false },
        Field { name: "templateVariable", shape: Shape::Text, output: false },
        Field { name: "timeSeriesQuery", shape: Shape::Message(&TIME_SERIES_QUERY), output: false },
        Field { name: "valueType", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, DataSet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataSet {
    /// A list. monitoring v1, DataSet.breakdowns.
    pub breakdowns: Vec<Breakdown>,
    /// A list. monitoring v1, DataSet.dimensions.
    pub dimensions: Vec<Dimension>,
    /// Text. monitoring v1, DataSet.legendTemplate.
    pub legend_template: Input<String>,
    /// A list. monitoring v1, DataSet.measures.
    pub measures: Vec<Measure>,
    /// Seconds. monitoring v1, DataSet.minAlignmentPeriod.
    pub min_alignment_period: Input<Seconds>,
    /// One of a list. monitoring v1, DataSet.plotType.
    pub plot_type: Input<PlotType>,
    /// A list. monitoring v1, DataSet.sort.
    pub sort: Vec<ColumnSortingOptions>,
    /// One of a list. monitoring v1, DataSet.targetAxis.
    pub target_axis: Input<TargetAxis>,
    /// A message. monitoring v1, DataSet.timeSeriesQuery.
    pub time_series_query: Option<TimeSeriesQuery>,
}

pub static DATA_SET: Message = Message {
    name: "DataSet",
    fields: &[
        Field { name: "breakdowns", shape: Shape::List(&Shape::Message(&BREAKDOWN)), output: false },
        Field { name: "dimensions", shape: Shape::List(&Shape::Message(&DIMENSION)), output: false },
        Field { name: "legendTemplate", shape: Shape::Text, output: false },
        Field { name: "measures", shape: Shape::List(&Shape::Message(&MEASURE)), output: false },
        Field { name: "minAlignmentPeriod", shape: Shape::Duration, output: false },
        Field { name: "plotType", shape: Shape::Enum, output: false },
        Field { name: "sort", shape: Shape::List(&Shape::Message(&COLUMN_SORTING_OPTIONS)), output: false },
        Field { name: "targetAxis", shape: Shape::Enum, output: false },
        Field { name: "timeSeriesQuery", shape: Shape::Message(&TIME_SERIES_QUERY), output: false },
    ],
};

/// monitoring v1, Dimension.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dimension {
    /// Text. monitoring v1, Dimension.column.
    pub column: Input<String>,
    /// Text. monitoring v1, Dimension.columnType.
    pub column_type: Input<String>,
    /// A number. monitoring v1, Dimension.floatBinSize.
    pub float_bin_size: Input<f64>,
    /// A whole number. monitoring v1, Dimension.maxBinCount.
    pub max_bin_count: Input<i64>,
    /// A whole number. monitoring v1, Dimension.numericBinSize.
    pub numeric_bin_size: Input<i64>,
    /// Text. monitoring v1, Dimension.sortColumn.
    pub sort_column: Input<String>,
    /// One of a list. monitoring v1, Dimension.sortOrder.
    pub sort_order: Input<SortOrder>,
    /// Seconds. monitoring v1, Dimension.timeBinSize.
    pub time_bin_size: Input<Seconds>,
    /// A number. monitoring v1, Dimension.xMax.
    pub x_max: Input<f64>,
    /// A number. monitoring v1, Dimension.xMin.
    pub x_min: Input<f64>,
}

pub static DIMENSION: Message = Message {
    name: "Dimension",
    fields: &[
        Field { name: "column", shape: Shape::Text, output: false },
        Field { name: "columnType", shape: Shape::Text, output: false },
        Field { name: "floatBinSize", shape: Shape::Double, output: false },
        Field { name: "maxBinCount", shape: Shape::Int, output: false },
        Field { name: "numericBinSize", shape: Shape::Int, output: false },
        Field { name: "sortColumn", shape: Shape::Text, output: false },
        Field { name: "sortOrder", shape: Shape::Enum, output: false },
        Field { name: "timeBinSize", shape: Shape::Duration, output: false },
        Field { name: "xMax", shape: Shape::Double, output: false },
        Field { name: "xMin", shape: Shape::Double, output: false },
    ],
};

/// monitoring v1, Empty.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Empty {}

pub static EMPTY: Message = Message { name: "Empty", fields: &[] };

/// monitoring v1, ErrorReportingPanel.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorReportingPanel {
    /// A list. monitoring v1, ErrorReportingPanel.projectNames.
    pub project_names: Vec<Input<String>>,
    /// A list. monitoring v1, ErrorReportingPanel.services.
    pub services: Vec<Input<String>>,
    /// A list. monitoring v1, ErrorReportingPanel.versions.
    pub versions: Vec<Input<String>>,
}

pub static ERROR_REPORTING_PANEL: Message = Message {
    name: "ErrorReportingPanel",
    fields: &[
        Field { name: "projectNames", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "services", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "versions", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, EventAnnotation.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventAnnotation {
    /// Text. monitoring v1, EventAnnotation.displayName.
    pub display_name: Input<String>,
    /// True or false. monitoring v1, EventAnnotation.enabled.
    pub enabled: Input<bool>,
    /// One of a list. monitoring v1, EventAnnotation.eventType.
    pub event_type: Input<EventType>,
    /// Text. monitoring v1, EventAnnotation.filter.
    pub filter: Input<String>,
    /// A list. monitoring v1, EventAnnotation.resourceNames.
    pub resource_names: Vec<Input<String>>,
}

pub static EVENT_ANNOTATION: Message = Message {
    name: "EventAnnotation",
    fields: &[
        Field { name: "displayName", shape: Shape::Text, output: false },
        Field { name: "enabled", shape: Shape::Bool, output: false },
        Field { name: "eventType", shape: Shape::Enum, output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "resourceNames", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, FilterControl.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FilterControl {
    /// Text. monitoring v1, FilterControl.templateVariable.
    pub template_variable: Input<String>,
}

pub static FILTER_CONTROL: Message = Message {
    name: "FilterControl",
    fields: &[Field { name: "templateVariable", shape: Shape::Text, output: false }],
};

/// monitoring v1, GaugeView.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GaugeView {
    /// A number. monitoring v1, GaugeView.lowerBound.
    pub lower_bound: Input<f64>,
    /// A number. monitoring v1, GaugeView.upperBound.
    pub upper_bound: Input<f64>,
}

pub static GAUGE_VIEW: Message = Message {
    name: "GaugeView",
    fields: &[
        Field { name: "lowerBound", shape: Shape::Double, output: false },
        Field { name: "upperBound", shape: Shape::Double, output: false },
    ],
};

/// monitoring v1, GridLayout.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GridLayout {
    /// A whole number. monitoring v1, GridLayout.columns.
    pub columns: Input<i64>,
    /// A list. monitoring v1, GridLayout.widgets.
    pub widgets: Vec<Widget>,
}

pub static GRID_LAYOUT: Message = Message {
    name: "GridLayout",
    fields: &[
        Field { name: "columns", shape: Shape::Int64, output: false },
        Field { name: "widgets", shape: Shape::List(&Shape::Message(&WIDGET)), output: false },
    ],
};

/// monitoring v1, IncidentList.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentList {
    /// A list. monitoring v1, IncidentList.monitoredResources.
    pub monitored_resources: Vec<MonitoredResource>,
    /// A list. monitoring v1, IncidentList.policyNames.
    pub policy_names: Vec<Input<String>>,
}

pub static INCIDENT_LIST: Message = Message {
    name: "IncidentList",
    fields: &[
        Field {
            name: "monitoredResources",
            shape: Shape::List(&Shape::Message(&MONITORED_RESOURCE)),
            output: false,
        },
        Field { name: "policyNames", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, Interval.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Interval {
    /// RFC 3339. monitoring v1, Interval.endTime.
    pub end_time: Input<String>,
    /// RFC 3339. monitoring v1, Interval.startTime.
    pub start_time: Input<String>,
}

pub static INTERVAL: Message = Message {
    name: "Interval",
    fields: &[
        Field { name: "endTime", shape: Shape::Timestamp, output: false },
        Field { name: "startTime", shape: Shape::Timestamp, output: false },
    ],
};

/// monitoring v1, LogsPanel.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LogsPanel {
    /// Text. monitoring v1, LogsPanel.filter.
    pub filter: Input<String>,
    /// A list. monitoring v1, LogsPanel.resourceNames.
    pub resource_names: Vec<Input<String>>,
}

pub static LOGS_PANEL: Message = Message {
    name: "LogsPanel",
    fields: &[
        Field { name: "filter", shape: Shape::Text, output: false },
        Field { name: "resourceNames", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, Measure.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measure {
    /// A message. monitoring v1, Measure.aggregationFunction.
    pub aggregation_function: Option<AggregationFunction>,
    /// Text. monitoring v1, Measure.column.
    pub column: Input<String>,
}

pub static MEASURE: Message = Message {
    name: "Measure",
    fields: &[
        Field { name: "aggregationFunction", shape: Shape::Message(&AGGREGATION_FUNCTION), output: false },
        Field { name: "column", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, MonitoredResource.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MonitoredResource {
    /// A map. monitoring v1, MonitoredResource.labels.
    pub labels: BTreeMap<String, Input<String>>,
    /// Text. monitoring v1, MonitoredResource.type.
    pub r#type: Input<String>,
}

pub static MONITORED_RESOURCE: Message = Message {
    name: "MonitoredResource",
    fields: &[
        Field { name: "labels", shape: Shape::Map(&Shape::Text), output: false },
        Field { name: "type", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, MosaicLayout.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MosaicLayout {
    /// A whole number. monitoring v1, MosaicLayout.columns.
    pub columns: Input<i64>,
    /// A list. monitoring v1, MosaicLayout.tiles.
    pub tiles: Vec<Tile>,
}

pub static MOSAIC_LAYOUT: Message = Message {
    name: "MosaicLayout",
    fields: &[
        Field { name: "columns", shape: Shape::Int, output: false },
        Field { name: "tiles", shape: Shape::List(&Shape::Message(&TILE)), output: false },
    ],
};

/// monitoring v1, OpsAnalyticsQuery.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OpsAnalyticsQuery {
    /// Text. monitoring v1, OpsAnalyticsQuery.sql.
    pub sql: Input<String>,
}

pub static OPS_ANALYTICS_QUERY: Message = Message {
    name: "OpsAnalyticsQuery",
    fields: &[Field { name: "sql", shape: Shape::Text, output: false }],
};

/// monitoring v1, Parameter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Parameter {
    /// A number. monitoring v1, Parameter.doubleValue.
    pub double_value: Input<f64>,
    /// A whole number. monitoring v1, Parameter.intValue.
    pub int_value: Input<i64>,
}

pub static PARAMETER: Message = Message {
    name: "Parameter",
    fields: &[
        Field { name: "doubleValue", shape: Shape::Double, output: false },
        Field { name: "intValue", shape: Shape::Int64, output: false },
    ],
};

/// monitoring v1, PickTimeSeriesFilter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PickTimeSeriesFilter {
    /// One of a list. monitoring v1, PickTimeSeriesFilter.direction.
    pub direction: Input<PickTimeSeriesFilterDirection>,
    /// A message. monitoring v1, PickTimeSeriesFilter.interval.
    pub interval: Option<Interval>,
    /// A whole number. monitoring v1, PickTimeSeriesFilter.numTimeSeries.
    pub num_time_series: Input<i64>,
    /// One of a list. monitoring v1, PickTimeSeriesFilter.rankingMethod.
    pub ranking_method: Input<PickTimeSeriesFilterRankingMethod>,
}

pub static PICK_TIME_SERIES_FILTER: Message = Message {
    name: "PickTimeSeriesFilter",
    fields: &[
        Field { name: "direction", shape: Shape::Enum, output: false },
        Field { name: "interval", shape: Shape::Message(&INTERVAL), output: false },
        Field { name: "numTimeSeries", shape: Shape::Int, output: false },
        Field { name: "rankingMethod", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, PieChart.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PieChart {
    /// One of a list. monitoring v1, PieChart.chartType.
    pub chart_type: Input<ChartType>,
    /// A list. monitoring v1, PieChart.dataSets.
    pub data_sets: Vec<PieChartDataSet>,
    /// True or false. monitoring v1, PieChart.showLabels.
    pub show_labels: Input<bool>,
}

pub static PIE_CHART: Message = Message {
    name: "PieChart",
    fields: &[
        Field { name: "chartType", shape: Shape::Enum, output: false },
        Field { name: "dataSets", shape: Shape::List(&Shape::Message(&PIE_CHART_DATA_SET)), output: false },
        Field { name: "showLabels", shape: Shape::Bool, output: false },
    ],
};

/// monitoring v1, PieChartDataSet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PieChartDataSet {
    /// A list. monitoring v1, PieChartDataSet.dimensions.
    pub dimensions: Vec<Dimension>,
    /// A list. monitoring v1, PieChartDataSet.measures.
    pub measures: Vec<Measure>,
    /// Seconds. monitoring v1, PieChartDataSet.minAlignmentPeriod.
    pub min_alignment_period: Input<Seconds>,
    /// Text. monitoring v1, PieChartDataSet.sliceNameTemplate.
    pub slice_name_template: Input<String>,
    /// A message. monitoring v1, PieChartDataSet.timeSeriesQuery.
    pub time_series_query: Option<TimeSeriesQuery>,
}

pub static PIE_CHART_DATA_SET: Message = Message {
    name: "PieChartDataSet",
    fields: &[
        Field { name: "dimensions", shape: Shape::List(&Shape::Message(&DIMENSION)), output: false },
        Field { name: "measures", shape: Shape::List(&Shape::Message(&MEASURE)), output: false },
        Field { name: "minAlignmentPeriod", shape: Shape::Duration, output: false },
        Field { name: "sliceNameTemplate", shape: Shape::Text, output: false },
        Field { name: "timeSeriesQuery", shape: Shape::Message(&TIME_SERIES_QUERY), output: false },
    ],
};

/// monitoring v1, RatioPart.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RatioPart {
    /// A message. monitoring v1, RatioPart.aggregation.
    pub aggregation: Option<Aggregation>,
    /// Text. monitoring v1, RatioPart.filter.
    pub filter: Input<String>,
}

pub static RATIO_PART: Message = Message {
    name: "RatioPart",
    fields: &[
        Field { name: "aggregation", shape: Shape::Message(&AGGREGATION), output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, Row.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Row {
    /// A whole number. monitoring v1, Row.weight.
    pub weight: Input<i64>,
    /// A list. monitoring v1, Row.widgets.
    pub widgets: Vec<Widget>,
}

pub static ROW: Message = Message {
    name: "Row",
    fields: &[
        Field { name: "weight", shape: Shape::Int64, output: false },
        Field { name: "widgets", shape: Shape::List(&Shape::Message(&WIDGET)), output: false },
    ],
};

/// monitoring v1, RowLayout.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RowLayout {
    /// A list. monitoring v1, RowLayout.rows.
    pub rows: Vec<Row>,
}

pub static ROW_LAYOUT: Message = Message {
    name: "RowLayout",
    fields: &[Field { name: "rows", shape: Shape::List(&Shape::Message(&ROW)), output: false }],
};

/// monitoring v1, Scorecard.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scorecard {
    /// A message. monitoring v1, Scorecard.blankView.
    pub blank_view: Option<Empty>,
    /// A list. monitoring v1, Scorecard.breakdowns.
    pub breakdowns: Vec<Breakdown>,
    /// A list. monitoring v1, Scorecard.dimensions.
    pub dimensions: Vec<Dimension>,
    /// A message. monitoring v1, Scorecard.gaugeView.
    pub gauge_view: Option<GaugeView>,
    /// A list. monitoring v1, Scorecard.measures.
    pub measures: Vec<Measure>,
    /// A message. monitoring v1, Scorecard.sparkChartView.
    pub spark_chart_view: Option<SparkChartView>,
    /// A list. monitoring v1, Scorecard.thresholds.
    pub thresholds: Vec<Threshold>,
    /// A message. monitoring v1, Scorecard.timeSeriesQuery.
    pub time_series_query: Option<TimeSeriesQuery>,
}

pub static SCORECARD: Message = Message {
    name: "Scorecard",
    fields: &[
        Field { name: "blankView", shape: Shape::Message(&EMPTY), output: false },
        Field { name: "breakdowns", shape: Shape::List(&Shape::Message(&BREAKDOWN)), output: false },
        Field { name: "dimensions", shape: Shape::List(&Shape::Message(&DIMENSION)), output: false },
        Field { name: "gaugeView", shape: Shape::Message(&GAUGE_VIEW), output: false },
        Field { name: "measures", shape: Shape::List(&Shape::Message(&MEASURE)), output: false },
        Field { name: "sparkChartView", shape: Shape::Message(&SPARK_CHART_VIEW), output: false },
        Field { name: "thresholds", shape: Shape::List(&Shape::Message(&THRESHOLD)), output: false },
        Field { name: "timeSeriesQuery", shape: Shape::Message(&TIME_SERIES_QUERY), output: false },
    ],
};

/// monitoring v1, SectionHeader.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SectionHeader {
    /// True or false. monitoring v1, SectionHeader.dividerBelow.
    pub divider_below: Input<bool>,
    /// Text. monitoring v1, SectionHeader.subtitle.
    pub subtitle: Input<String>,
}

pub static SECTION_HEADER: Message = Message {
    name: "SectionHeader",
    fields: &[
        Field { name: "dividerBelow", shape: Shape::Bool, output: false },
        Field { name: "subtitle", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, SingleViewGroup.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SingleViewGroup {
    /// One of a list. monitoring v1, SingleViewGroup.displayType.
    pub display_type: Input<DisplayType>,
}

pub static SINGLE_VIEW_GROUP: Message = Message {
    name: "SingleViewGroup",
    fields: &[Field { name: "displayType", shape: Shape::Enum, output: false }],
};

/// monitoring v1, SpanAttributeFilter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpanAttributeFilter {
    /// Text. monitoring v1, SpanAttributeFilter.key.
    pub key: Input<String>,
    /// A list. monitoring v1, SpanAttributeFilter.value.
    pub value: Vec<Input<String>>,
}

pub static SPAN_ATTRIBUTE_FILTER: Message = Message {
    name: "SpanAttributeFilter",
    fields: &[
        Field { name: "key", shape: Shape::Text, output: false },
        Field { name: "value", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, SpanFilters.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SpanFilters {
    /// A list. monitoring v1, SpanFilters.apphubServices.
    pub apphub_services: Vec<Input<String>>,
    /// A list. monitoring v1, SpanFilters.apphubWorkloads.
    pub apphub_workloads: Vec<Input<String>>,
    /// A list. monitoring v1, SpanFilters.applicationIds.
    pub application_ids: Vec<Input<String>>,
    /// A list. monitoring v1, SpanFilters.attributes.
    pub attributes: Vec<SpanAttributeFilter>,
    /// A list. monitoring v1, SpanFilters.displayNames.
    pub display_names: Vec<Input<String>>,
    /// True or false. monitoring v1, SpanFilters.isRootSpan.
    pub is_root_span: Input<bool>,
    /// A list. monitoring v1, SpanFilters.kinds.
    pub kinds: Vec<Input<String>>,
    /// Seconds. monitoring v1, SpanFilters.maxDuration.
    pub max_duration: Input<Seconds>,
    /// Seconds. monitoring v1, SpanFilters.minDuration.
    pub min_duration: Input<Seconds>,
    /// A list. monitoring v1, SpanFilters.services.
    pub services: Vec<Input<String>>,
    /// A list. monitoring v1, SpanFilters.status.
    pub status: Vec<Input<String>>,
}

pub static SPAN_FILTERS: Message = Message {
    name: "SpanFilters",
    fields: &[
        Field { name: "apphubServices", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "apphubWorkloads", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "applicationIds", shape: Shape::List(&Shape::Text), output: false },
        Field {
            name: "attributes",
            shape: Shape::List(&Shape::Message(&SPAN_ATTRIBUTE_FILTER)),
            output: false,
        },
        Field { name: "displayNames", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "isRootSpan", shape: Shape::Bool, output: false },
        Field { name: "kinds", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "maxDuration", shape: Shape::Duration, output: false },
        Field { name: "minDuration", shape: Shape::Duration, output: false },
        Field { name: "services", shape: Shape::List(&Shape::Text), output: false },
        Field { name: "status", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, SparkChartView.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SparkChartView {
    /// Seconds. monitoring v1, SparkChartView.minAlignmentPeriod.
    pub min_alignment_period: Input<Seconds>,
    /// One of a list. monitoring v1, SparkChartView.sparkChartType.
    pub spark_chart_type: Input<SparkChartType>,
}

pub static SPARK_CHART_VIEW: Message = Message {
    name: "SparkChartView",
    fields: &[
        Field { name: "minAlignmentPeriod", shape: Shape::Duration, output: false },
        Field { name: "sparkChartType", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, StatisticalTimeSeriesFilter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StatisticalTimeSeriesFilter {
    /// A whole number. monitoring v1, StatisticalTimeSeriesFilter.numTimeSeries.
    pub num_time_series: Input<i64>,
    /// One of a list. monitoring v1, StatisticalTimeSeriesFilter.rankingMethod.
    pub ranking_method: Input<StatisticalTimeSeriesFilterRankingMethod>,
}

pub static STATISTICAL_TIME_SERIES_FILTER: Message = Message {
    name: "StatisticalTimeSeriesFilter",
    fields: &[
        Field { name: "numTimeSeries", shape: Shape::Int, output: false },
        Field { name: "rankingMethod", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, StringArray.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StringArray {
    /// A list. monitoring v1, StringArray.values.
    pub values: Vec<Input<String>>,
}

pub static STRING_ARRAY: Message = Message {
    name: "StringArray",
    fields: &[Field { name: "values", shape: Shape::List(&Shape::Text), output: false }],
};

/// monitoring v1, TableDataSet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableDataSet {
    /// Seconds. monitoring v1, TableDataSet.minAlignmentPeriod.
    pub min_alignment_period: Input<Seconds>,
    /// A message. monitoring v1, TableDataSet.tableDisplayOptions.
    pub table_display_options: Option<TableDisplayOptions>,
    /// Text. monitoring v1, TableDataSet.tableTemplate.
    pub table_template: Input<String>,
    /// A message. monitoring v1, TableDataSet.timeSeriesQuery.
    pub time_series_query: Option<TimeSeriesQuery>,
}

pub static TABLE_DATA_SET: Message = Message {
    name: "TableDataSet",
    fields: &[
        Field { name: "minAlignmentPeriod", shape: Shape::Duration, output: false },
        Field { name: "tableDisplayOptions", shape: Shape::Message(&TABLE_DISPLAY_OPTIONS), output: false },
        Field { name: "tableTemplate", shape: Shape::Text, output: false },
        Field { name: "timeSeriesQuery", shape: Shape::Message(&TIME_SERIES_QUERY), output: false },
    ],
};

/// monitoring v1, TableDisplayOptions.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TableDisplayOptions {
    /// Deprecated. A list. monitoring v1, TableDisplayOptions.shownColumns.
    pub shown_columns: Vec<Input<String>>,
}

pub static TABLE_DISPLAY_OPTIONS: Message = Message {
    name: "TableDisplayOptions",
    fields: &[Field { name: "shownColumns", shape: Shape::List(&Shape::Text), output: false }],
};

/// monitoring v1, TemplateVariableCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TemplateVariableCondition {
    /// One of a list. monitoring v1, TemplateVariableCondition.comparator.
    pub comparator: Input<Comparator>,
    /// Text. monitoring v1, TemplateVariableCondition.templateVariable.
    pub template_variable: Input<String>,
    /// Text. monitoring v1, TemplateVariableCondition.templateVariableValue.
    pub template_variable_value: Input<String>,
}

pub static TEMPLATE_VARIABLE_CONDITION: Message = Message {
    name: "TemplateVariableCondition",
    fields: &[
        Field { name: "comparator", shape: Shape::Enum, output: false },
        Field { name: "templateVariable", shape: Shape::Text, output: false },
        Field { name: "templateVariableValue", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, Text.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Text {
    /// Text. monitoring v1, Text.content.
    pub content: Input<String>,
    /// One of a list. monitoring v1, Text.format.
    pub format: Input<TextFormat>,
    /// A message. monitoring v1, Text.style.
    pub style: Option<TextStyle>,
}

pub static TEXT: Message = Message {
    name: "Text",
    fields: &[
        Field { name: "content", shape: Shape::Text, output: false },
        Field { name: "format", shape: Shape::Enum, output: false },
        Field { name: "style", shape: Shape::Message(&TEXT_STYLE), output: false },
    ],
};

/// monitoring v1, TextStyle.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextStyle {
    /// Text. monitoring v1, TextStyle.backgroundColor.
    pub background_color: Input<String>,
    /// One of a list. monitoring v1, TextStyle.fontSize.
    pub font_size: Input<FontSize>,
    /// One of a list. monitoring v1, TextStyle.horizontalAlignment.
    pub horizontal_alignment: Input<HorizontalAlignment>,
    /// One of a list. monitoring v1, TextStyle.padding.
    pub padding: Input<TextStylePadding>,
    /// One of a list. monitoring v1, TextStyle.pointerLocation.
    pub pointer_location: Input<PointerLocation>,
    /// Text. monitoring v1, TextStyle.textColor.
    pub text_color: Input<String>,
    /// One of a list. monitoring v1, TextStyle.verticalAlignment.
    pub vertical_alignment: Input<VerticalAlignment>,
}

pub static TEXT_STYLE: Message = Message {
    name: "TextStyle",
    fields: &[
        Field { name: "backgroundColor", shape: Shape::Text, output: false },
        Field { name: "fontSize", shape: Shape::Enum, output: false },
        Field { name: "horizontalAlignment", shape: Shape::Enum, output: false },
        Field { name: "padding", shape: Shape::Enum, output: false },
        Field { name: "pointerLocation", shape: Shape::Enum, output: false },
        Field { name: "textColor", shape: Shape::Text, output: false },
        Field { name: "verticalAlignment", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, Threshold.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Threshold {
    /// One of a list. monitoring v1, Threshold.color.
    pub color: Input<ThresholdColor>,
    /// One of a list. monitoring v1, Threshold.direction.
    pub direction: Input<ThresholdDirection>,
    /// Text. monitoring v1, Threshold.label.
    pub label: Input<String>,
    /// One of a list. monitoring v1, Threshold.targetAxis.
    pub target_axis: Input<TargetAxis>,
    /// A number. monitoring v1, Threshold.value.
    pub value: Input<f64>,
}

pub static THRESHOLD: Message = Message {
    name: "Threshold",
    fields: &[
        Field { name: "color", shape: Shape::Enum, output: false },
        Field { name: "direction", shape: Shape::Enum, output: false },
        Field { name: "label", shape: Shape::Text, output: false },
        Field { name: "targetAxis", shape: Shape::Enum, output: false },
        Field { name: "value", shape: Shape::Double, output: false },
    ],
};

/// monitoring v1, Tile.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Tile {
    /// A whole number. monitoring v1, Tile.height.
    pub height: Input<i64>,
    /// A message. monitoring v1, Tile.widget.
    pub widget: Option<Widget>,
    /// A whole number. monitoring v1, Tile.width.
    pub width: Input<i64>,
    /// A whole number. monitoring v1, Tile.xPos.
    pub x_pos: Input<i64>,
    /// A whole number. monitoring v1, Tile.yPos.
    pub y_pos: Input<i64>,
}

pub static TILE: Message = Message {
    name: "Tile",
    fields: &[
        Field { name: "height", shape: Shape::Int, output: false },
        Field { name: "widget", shape: Shape::Message(&WIDGET), output: false },
        Field { name: "width", shape: Shape::Int, output: false },
        Field { name: "xPos", shape: Shape::Int, output: false },
        Field { name: "yPos", shape: Shape::Int, output: false },
    ],
};

/// monitoring v1, TimeRange.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeRange {
    /// A message. monitoring v1, TimeRange.absoluteWindow.
    pub absolute_window: Option<Interval>,
    /// Seconds. monitoring v1, TimeRange.relativeDuration.
    pub relative_duration: Input<Seconds>,
}

pub static TIME_RANGE: Message = Message {
    name: "TimeRange",
    fields: &[
        Field { name: "absoluteWindow", shape: Shape::Message(&INTERVAL), output: false },
        Field { name: "relativeDuration", shape: Shape::Duration, output: false },
    ],
};

/// monitoring v1, TimeSeriesFilter.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeriesFilter {
    /// A message. monitoring v1, TimeSeriesFilter.aggregation.
    pub aggregation: Option<Aggregation>,
    /// Text. monitoring v1, TimeSeriesFilter.filter.
    pub filter: Input<String>,
    /// A message. monitoring v1, TimeSeriesFilter.pickTimeSeriesFilter.
    pub pick_time_series_filter: Option<PickTimeSeriesFilter>,
    /// A message. monitoring v1, TimeSeriesFilter.secondaryAggregation.
    pub secondary_aggregation: Option<Aggregation>,
    /// Deprecated. A message. monitoring v1, TimeSeriesFilter.statisticalTimeSeriesFilter.
    pub statistical_time_series_filter: Option<StatisticalTimeSeriesFilter>,
}

pub static TIME_SERIES_FILTER: Message = Message {
    name: "TimeSeriesFilter",
    fields: &[
        Field { name: "aggregation", shape: Shape::Message(&AGGREGATION), output: false },
        Field { name: "filter", shape: Shape::Text, output: false },
        Field {
            name: "pickTimeSeriesFilter",
            shape: Shape::Message(&PICK_TIME_SERIES_FILTER),
            output: false,
        },
        Field { name: "secondaryAggregation", shape: Shape::Message(&AGGREGATION), output: false },
        Field {
            name: "statisticalTimeSeriesFilter",
            shape: Shape::Message(&STATISTICAL_TIME_SERIES_FILTER),
            output: false,
        },
    ],
};

/// monitoring v1, TimeSeriesFilterRatio.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeriesFilterRatio {
    /// A message. monitoring v1, TimeSeriesFilterRatio.denominator.
    pub denominator: Option<RatioPart>,
    /// A message. monitoring v1, TimeSeriesFilterRatio.numerator.
    pub numerator: Option<RatioPart>,
    /// A message. monitoring v1, TimeSeriesFilterRatio.pickTimeSeriesFilter.
    pub pick_time_series_filter: Option<PickTimeSeriesFilter>,
    /// A message. monitoring v1, TimeSeriesFilterRatio.secondaryAggregation.
    pub secondary_aggregation: Option<Aggregation>,
    /// Deprecated. A message. monitoring v1, TimeSeriesFilterRatio.statisticalTimeSeriesFilter.
    pub statistical_time_series_filter: Option<StatisticalTimeSeriesFilter>,
}

pub static TIME_SERIES_FILTER_RATIO: Message = Message {
    name: "TimeSeriesFilterRatio",
    fields: &[
        Field { name: "denominator", shape: Shape::Message(&RATIO_PART), output: false },
        Field { name: "numerator", shape: Shape::Message(&RATIO_PART), output: false },
        Field {
            name: "pickTimeSeriesFilter",
            shape: Shape::Message(&PICK_TIME_SERIES_FILTER),
            output: false,
        },
        Field { name: "secondaryAggregation", shape: Shape::Message(&AGGREGATION), output: false },
        Field {
            name: "statisticalTimeSeriesFilter",
            shape: Shape::Message(&STATISTICAL_TIME_SERIES_FILTER),
            output: false,
        },
    ],
};

/// monitoring v1, TimeSeriesQuery.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeriesQuery {
    /// A message. monitoring v1, TimeSeriesQuery.opsAnalyticsQuery.
    pub ops_analytics_query: Option<OpsAnalyticsQuery>,
    /// True or false. monitoring v1, TimeSeriesQuery.outputFullDuration.
    pub output_full_duration: Input<bool>,
    /// Text. monitoring v1, TimeSeriesQuery.prometheusQuery.
    pub prometheus_query: Input<String>,
    /// A message. monitoring v1, TimeSeriesQuery.timeSeriesFilter.
    pub time_series_filter: Option<TimeSeriesFilter>,
    /// A message. monitoring v1, TimeSeriesQuery.timeSeriesFilterRatio.
    pub time_series_filter_ratio: Option<TimeSeriesFilterRatio>,
    /// Text. monitoring v1, TimeSeriesQuery.timeSeriesQueryLanguage.
    pub time_series_query_language: Input<String>,
    /// A message. monitoring v1, TimeSeriesQuery.traceQuery.
    pub trace_query: Option<TraceQuery>,
    /// Text. monitoring v1, TimeSeriesQuery.unitOverride.
    pub unit_override: Input<String>,
}

pub static TIME_SERIES_QUERY: Message = Message {
    name: "TimeSeriesQuery",
    fields: &[
        Field { name: "opsAnalyticsQuery", shape: Shape::Message(&OPS_ANALYTICS_QUERY), output: false },
        Field { name: "outputFullDuration", shape: Shape::Bool, output: false },
        Field { name: "prometheusQuery", shape: Shape::Text, output: false },
        Field { name: "timeSeriesFilter", shape: Shape::Message(&TIME_SERIES_FILTER), output: false },
        Field {
            name: "timeSeriesFilterRatio",
            shape: Shape::Message(&TIME_SERIES_FILTER_RATIO),
            output: false,
        },
        Field { name: "timeSeriesQueryLanguage", shape: Shape::Text, output: false },
        Field { name: "traceQuery", shape: Shape::Message(&TRACE_QUERY), output: false },
        Field { name: "unitOverride", shape: Shape::Text, output: false },
    ],
};

/// monitoring v1, TimeSeriesTable.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TimeSeriesTable {
    /// A list. monitoring v1, TimeSeriesTable.columnSettings.
    pub column_settings: Vec<ColumnSettings>,
    /// A list. monitoring v1, TimeSeriesTable.dataSets.
    pub data_sets: Vec<TableDataSet>,
    /// One of a list. monitoring v1, TimeSeriesTable.metricVisualization.
    pub metric_visualization: Input<MetricVisualization>,
}

pub static TIME_SERIES_TABLE: Message = Message {
    name: "TimeSeriesTable",
    fields: &[
        Field {
            name: "columnSettings",
            shape: Shape::List(&Shape::Message(&COLUMN_SETTINGS)),
            output: false,
        },
        Field { name: "dataSets", shape: Shape::List(&Shape::Message(&TABLE_DATA_SET)), output: false },
        Field { name: "metricVisualization", shape: Shape::Enum, output: false },
    ],
};

/// monitoring v1, TraceQuery.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TraceQuery {
    /// Text. monitoring v1, TraceQuery.resourceContainer.
    pub resource_container: Input<String>,
    /// One of a list. monitoring v1, TraceQuery.spanDataValue.
    pub span_data_value: Input<SpanDataValue>,
    /// A message. monitoring v1, TraceQuery.spanFilters.
    pub span_filters: Option<SpanFilters>,
}

pub static TRACE_QUERY: Message = Message {
    name: "TraceQuery",
    fields: &[
        Field { name: "resourceContainer", shape: Shape::Text, output: false },
        Field { name: "spanDataValue", shape: Shape::Enum, output: false },
        Field { name: "spanFilters", shape: Shape::Message(&SPAN_FILTERS), output: false },
    ],
};

/// monitoring v1, Treemap.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Treemap {
    /// A list. monitoring v1, Treemap.dataSets.
    pub data_sets: Vec<TreemapDataSet>,
    /// A list. monitoring v1, Treemap.treemapHierarchy.
    pub treemap_hierarchy: Vec<Input<String>>,
}

pub static TREEMAP: Message = Message {
    name: "Treemap",
    fields: &[
        Field { name: "dataSets", shape: Shape::List(&Shape::Message(&TREEMAP_DATA_SET)), output: false },
        Field { name: "treemapHierarchy", shape: Shape::List(&Shape::Text), output: false },
    ],
};

/// monitoring v1, TreemapDataSet.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TreemapDataSet {
    /// A list. monitoring v1, TreemapDataSet.breakdowns.
    pub breakdowns: Vec<Breakdown>,
    /// A list. monitoring v1, TreemapDataSet.measures.
    pub measures: Vec<Measure>,
    /// A message. monitoring v1, TreemapDataSet.timeSeriesQuery.
    pub time_series_query: Option<TimeSeriesQuery>,
}

pub static TREEMAP_DATA_SET: Message = Message {
    name: "TreemapDataSet",
    fields: &[
        Field { name: "breakdowns", shape: Shape::List(&Shape::Message(&BREAKDOWN)), output: false },
        Field { name: "measures", shape: Shape::List(&Shape::Message(&MEASURE)), output: false },
        Field { name: "timeSeriesQuery", shape: Shape::Message(&TIME_SERIES_QUERY), output: false },
    ],
};

/// monitoring v1, VisibilityCondition.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct VisibilityCondition {
    /// A message. monitoring v1, VisibilityCondition.templateVariableCondition.
    pub template_variable_condition: Option<TemplateVariableCondition>,
}

pub static VISIBILITY_CONDITION: Message = Message {
    name: "VisibilityCondition",
    fields: &[Field {
        name: "templateVariableCondition",
        shape: Shape::Message(&TEMPLATE_VARIABLE_CONDITION),
        output: false,
    }],
};

/// monitoring v1, Widget.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Widget {
    /// A message. monitoring v1, Widget.alertChart.
    pub alert_chart: Option<AlertChart>,
    /// A message. monitoring v1, Widget.blank.
    pub blank: Option<Empty>,
    /// A message. monitoring v1, Widget.collapsibleGroup.
    pub collapsible_group: Option<CollapsibleGroup>,
    /// A message. monitoring v1, Widget.errorReportingPanel.
    pub error_reporting_panel: Option<ErrorReportingPanel>,
    /// A message. monitoring v1, Widget.filterControl.
    pub filter_control: Option<FilterControl>,
    /// Text. monitoring v1, Widget.id.
    pub id: Input<String>,
    /// A message. monitoring v1, Widget.incidentList.
    pub incident_list: Option<IncidentList>,
    /// A message. monitoring v1, Widget.logsPanel.
    pub logs_panel: Option<LogsPanel>,
    /// A message. monitoring v1, Widget.pieChart.
    pub pie_chart: Option<PieChart>,
    /// A message. monitoring v1, Widget.scorecard.
    pub scorecard: Option<Scorecard>,
    /// A message. monitoring v1, Widget.sectionHeader.
    pub section_header: Option<SectionHeader>,
    /// A message. monitoring v1, Widget.singleViewGroup.
    pub single_view_group: Option<SingleViewGroup>,
    /// A message. monitoring v1, Widget.text.
    pub text: Option<Text>,
    /// A message. monitoring v1, Widget.timeRange.
    pub time_range: Option<TimeRange>,
    /// A message. monitoring v1, Widget.timeSeriesTable.
    pub time_series_table: Option<TimeSeriesTable>,
    /// Text. monitoring v1, Widget.title.
    pub title: Input<String>,
    /// A message. monitoring v1, Widget.treemap.
    pub treemap: Option<Treemap>,
    /// A message. monitoring v1, Widget.visibilityCondition.
    pub visibility_condition: Option<VisibilityCondition>,
    /// A message. monitoring v1, Widget.xyChart.
    pub xy_chart: Option<XyChart>,
}

pub static WIDGET: Message = Message {
    name: "Widget",
    fields: &[
        Field { name: "alertChart", shape: Shape::Message(&ALERT_CHART), output: false },
        Field { name: "blank", shape: Shape::Message(&EMPTY), output: false },
        Field { name: "collapsibleGroup", shape: Shape::Message(&COLLAPSIBLE_GROUP), output: false },
        Field { name: "errorReportingPanel", shape: Shape::Message(&ERROR_REPORTING_PANEL), output: false },
        Field { name: "filterControl", shape: Shape::Message(&FILTER_CONTROL), output: false },
        Field { name: "id", shape: Shape::Text, output: false },
        Field { name: "incidentList", shape: Shape::Message(&INCIDENT_LIST), output: false },
        Field { name: "logsPanel", shape: Shape::Message(&LOGS_PANEL), output: false },
        Field { name: "pieChart", shape: Shape::Message(&PIE_CHART), output: false },
        Field { name: "scorecard", shape: Shape::Message(&SCORECARD), output: false },
        Field { name: "sectionHeader", shape: Shape::Message(&SECTION_HEADER), output: false },
        Field { name: "singleViewGroup", shape: Shape::Message(&SINGLE_VIEW_GROUP), output: false },
        Field { name: "text", shape: Shape::Message(&TEXT), output: false },
        Field { name: "timeRange", shape: Shape::Message(&TIME_RANGE), output: false },
        Field { name: "timeSeriesTable", shape: Shape::Message(&TIME_SERIES_TABLE), output: false },
        Field { name: "title", shape: Shape::Text, output: false },
        Field { name: "treemap", shape: Shape::Message(&TREEMAP), output: false },
        Field { name: "visibilityCondition", shape: Shape::Message(&VISIBILITY_CONDITION), output: false },
        Field { name: "xyChart", shape: Shape::Message(&XY_CHART), output: false },
    ],
};

/// monitoring v1, XyChart.
#[derive(Clone, Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct XyChart {
    /// A message. monitoring v1, XyChart.chartOptions.
    pub chart_options: Option<ChartOptions>,
    /// A list. monitoring v1, XyChart.dataSets.
    pub data_sets: Vec<DataSet>,
    /// A list. monitoring v1, XyChart.thresholds.
    pub thresholds: Vec<Threshold>,
    /// Seconds. monitoring v1, XyChart.timeshiftDuration.
    pub timeshift_duration: Input<Seconds>,
    /// A message. monitoring v1, XyChart.xAxis.
    pub x_axis: Option<Axis>,
    /// A message. monitoring v1, XyChart.y2Axis.
    pub y2_axis: Option<Axis>,
    /// A message. monitoring v1, XyChart.yAxis.
    pub y_axis: Option<Axis>,
}

pub static XY_CHART: Message = Message {
    name: "XyChart",
    fields: &[
        Field { name: "chartOptions", shape: Shape::Message(&CHART_OPTIONS), output: false },
        Field { name: "dataSets", shape: Shape::List(&Shape::Message(&DATA_SET)), output: false },
        Field { name: "thresholds", shape: Shape::List(&Shape::Message(&THRESHOLD)), output: false },
        Field { name: "timeshiftDuration", shape: Shape::Duration, output: false },
        Field { name: "xAxis", shape: Shape::Message(&AXIS), output: false },
        Field { name: "y2Axis", shape: Shape::Message(&AXIS), output: false },
        Field { name: "yAxis", shape: Shape::Message(&AXIS), output: false },
    ],
};

/// monitoring v1, Axis.scale.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AxisScale {
    Linear,
    Log10,
}

/// monitoring v1, ChartOptions.mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChartOptionsMode {
    Color,
    XRay,
    Stats,
}

/// monitoring v1, PieChart.chartType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ChartType {
    Pie,
    Donut,
}

/// monitoring v1, ColumnSettings.alignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ColumnSettingsAlignment {
    Left,
    Center,
    Right,
}

/// monitoring v1, ColumnSortingOptions.direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum ColumnSortingOptionsDirection {
    #[serde(rename = "SORT_ORDER_NONE")]
    None,
    #[serde(rename = "SORT_ORDER_ASCENDING")]
    Ascending,
    #[serde(rename = "SORT_ORDER_DESCENDING")]
    Descending,
}

/// monitoring v1, TemplateVariableCondition.comparator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Comparator {
    RegexFullMatch,
}

/// monitoring v1, Aggregation.crossSeriesReducer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum CrossSeriesReducer {
    #[serde(rename = "REDUCE_NONE")]
    None,
    #[serde(rename = "REDUCE_MEAN")]
    Mean,
    #[serde(rename = "REDUCE_MIN")]
    Min,
    #[serde(rename = "REDUCE_MAX")]
    Max,
    #[serde(rename = "REDUCE_SUM")]
    Sum,
    #[serde(rename = "REDUCE_STDDEV")]
    Stddev,
    #[serde(rename = "REDUCE_COUNT")]
    Count,
    #[serde(rename = "REDUCE_COUNT_TRUE")]
    CountTrue,
    #[serde(rename = "REDUCE_COUNT_FALSE")]
    CountFalse,
    #[serde(rename = "REDUCE_FRACTION_TRUE")]
    FractionTrue,
    #[serde(rename = "REDUCE_PERCENTILE_99")]
    Percentile99,
    #[serde(rename = "REDUCE_PERCENTILE_95")]
    Percentile95,
    #[serde(rename = "REDUCE_PERCENTILE_50")]
    Percentile50,
    #[serde(rename = "REDUCE_PERCENTILE_05")]
    Percentile05,
}

/// monitoring v1, SingleViewGroup.displayType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DisplayType {
    Dropdown,
    Tab,
}

/// monitoring v1, EventAnnotation.eventType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EventType {
    GkeWorkloadDeployment,
    GkePodCrash,
    GkePodUnschedulable,
    GkeContainerCreationFailed,
    GkeClusterCreateDelete,
    GkeClusterUpdate,
    GkeNodePoolUpdate,
    GkeClusterAutoscaler,
    GkePodAutoscaler,
    VmTermination,
    VmGuestOsError,
    VmStartFailed,
    MigUpdate,
    MigAutoscaler,
    CloudRunDeployment,
    CloudSqlFailover,
    CloudSqlStartStop,
    CloudSqlStorage,
    UptimeCheckFailure,
    CloudAlertingAlert,
    ServiceHealthIncident,
    SapBackint,
    SapAvailability,
    SapOperations,
    InterconnectMaintenanceStarted,
    InterconnectMaintenanceCompleted,
    VpnTrafficSelectorNarrowing,
    VpnMaintenance,
}

/// monitoring v1, DashboardFilter.filterType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FilterType {
    ResourceLabel,
    MetricLabel,
    UserMetadataLabel,
    SystemMetadataLabel,
    Group,
    ValueOnly,
}

/// monitoring v1, TextStyle.fontSize.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum FontSize {
    #[serde(rename = "FS_EXTRA_SMALL")]
    ExtraSmall,
    #[serde(rename = "FS_SMALL")]
    Small,
    #[serde(rename = "FS_MEDIUM")]
    Medium,
    #[serde(rename = "FS_LARGE")]
    Large,
    #[serde(rename = "FS_EXTRA_LARGE")]
    ExtraLarge,
}

/// monitoring v1, TextStyle.horizontalAlignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum HorizontalAlignment {
    #[serde(rename = "H_LEFT")]
    Left,
    #[serde(rename = "H_CENTER")]
    Center,
    #[serde(rename = "H_RIGHT")]
    Right,
}

/// monitoring v1, TimeSeriesTable.metricVisualization.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum MetricVisualization {
    Number,
    Bar,
}

/// monitoring v1, Aggregation.perSeriesAligner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PerSeriesAligner {
    #[serde(rename = "ALIGN_NONE")]
    None,
    #[serde(rename = "ALIGN_DELTA")]
    Delta,
    #[serde(rename = "ALIGN_RATE")]
    Rate,
    #[serde(rename = "ALIGN_INTERPOLATE")]
    Interpolate,
    #[serde(rename = "ALIGN_NEXT_OLDER")]
    NextOlder,
    #[serde(rename = "ALIGN_MIN")]
    Min,
    #[serde(rename = "ALIGN_MAX")]
    Max,
    #[serde(rename = "ALIGN_MEAN")]
    Mean,
    #[serde(rename = "ALIGN_COUNT")]
    Count,
    #[serde(rename = "ALIGN_SUM")]
    Sum,
    #[serde(rename = "ALIGN_STDDEV")]
    Stddev,
    #[serde(rename = "ALIGN_COUNT_TRUE")]
    CountTrue,
    #[serde(rename = "ALIGN_COUNT_FALSE")]
    CountFalse,
    #[serde(rename = "ALIGN_FRACTION_TRUE")]
    FractionTrue,
    #[serde(rename = "ALIGN_PERCENTILE_99")]
    Percentile99,
    #[serde(rename = "ALIGN_PERCENTILE_95")]
    Percentile95,
    #[serde(rename = "ALIGN_PERCENTILE_50")]
    Percentile50,
    #[serde(rename = "ALIGN_PERCENTILE_05")]
    Percentile05,
    #[serde(rename = "ALIGN_PERCENT_CHANGE")]
    PercentChange,
}

/// monitoring v1, PickTimeSeriesFilter.direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PickTimeSeriesFilterDirection {
    Top,
    Bottom,
}

/// monitoring v1, PickTimeSeriesFilter.rankingMethod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PickTimeSeriesFilterRankingMethod {
    #[serde(rename = "METHOD_MEAN")]
    Mean,
    #[serde(rename = "METHOD_MAX")]
    Max,
    #[serde(rename = "METHOD_MIN")]
    Min,
    #[serde(rename = "METHOD_SUM")]
    Sum,
    #[serde(rename = "METHOD_LATEST")]
    Latest,
}

/// monitoring v1, DataSet.plotType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum PlotType {
    Line,
    StackedArea,
    StackedBar,
    Heatmap,
}

/// monitoring v1, TextStyle.pointerLocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum PointerLocation {
    #[serde(rename = "PL_TOP")]
    Top,
    #[serde(rename = "PL_RIGHT")]
    Right,
    #[serde(rename = "PL_BOTTOM")]
    Bottom,
    #[serde(rename = "PL_LEFT")]
    Left,
    #[serde(rename = "PL_TOP_LEFT")]
    TopLeft,
    #[serde(rename = "PL_TOP_RIGHT")]
    TopRight,
    #[serde(rename = "PL_RIGHT_TOP")]
    RightTop,
    #[serde(rename = "PL_RIGHT_BOTTOM")]
    RightBottom,
    #[serde(rename = "PL_BOTTOM_RIGHT")]
    BottomRight,
    #[serde(rename = "PL_BOTTOM_LEFT")]
    BottomLeft,
    #[serde(rename = "PL_LEFT_BOTTOM")]
    LeftBottom,
    #[serde(rename = "PL_LEFT_TOP")]
    LeftTop,
}

/// monitoring v1, Breakdown.sortOrder and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SortOrder {
    #[serde(rename = "SORT_ORDER_NONE")]
    None,
    #[serde(rename = "SORT_ORDER_ASCENDING")]
    Ascending,
    #[serde(rename = "SORT_ORDER_DESCENDING")]
    Descending,
}

/// monitoring v1, TraceQuery.spanDataValue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SpanDataValue {
    #[serde(rename = "SPAN_COUNT")]
    Count,
    #[serde(rename = "SPAN_DURATION")]
    Duration,
    #[serde(rename = "SPAN_DURATION_PERCENTILES")]
    DurationPercentiles,
}

/// monitoring v1, SparkChartView.sparkChartType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum SparkChartType {
    #[serde(rename = "SPARK_LINE")]
    Line,
    #[serde(rename = "SPARK_BAR")]
    Bar,
}

/// monitoring v1, StatisticalTimeSeriesFilter.rankingMethod.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum StatisticalTimeSeriesFilterRankingMethod {
    #[serde(rename = "METHOD_CLUSTER_OUTLIER")]
    ClusterOutlier,
}

/// monitoring v1, DataSet.targetAxis and 1 more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TargetAxis {
    Y1,
    Y2,
}

/// monitoring v1, Text.format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum TextFormat {
    Markdown,
    Raw,
}

/// monitoring v1, TextStyle.padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum TextStylePadding {
    #[serde(rename = "P_EXTRA_SMALL")]
    ExtraSmall,
    #[serde(rename = "P_SMALL")]
    Small,
    #[serde(rename = "P_MEDIUM")]
    Medium,
    #[serde(rename = "P_LARGE")]
    Large,
    #[serde(rename = "P_EXTRA_LARGE")]
    ExtraLarge,
}

/// monitoring v1, Threshold.color.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ThresholdColor {
    Yellow,
    Red,
}

/// monitoring v1, Threshold.direction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ThresholdDirection {
    Above,
    Below,
}

/// monitoring v1, DashboardFilter.valueType.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ValueType {
    String,
    StringArray,
}

/// monitoring v1, TextStyle.verticalAlignment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum VerticalAlignment {
    #[serde(rename = "V_TOP")]
    Top,
    #[serde(rename = "V_CENTER")]
    Center,
    #[serde(rename = "V_BOTTOM")]
    Bottom,
}
