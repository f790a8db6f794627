# Điểm mạnh, điểm yếu và thay đổi của một tỉnh (R) · Strong and weak points and changes of one province (R)
#
# Rscript docs/notebooks/strengths.R [RELEASE]      base R, no package; reads the CSV files of a release
#
# Ba thói quen · three habits: lọc boundary, không tự trừ hai năm, nêu dấu của từng số.

release <- commandArgs(trailingOnly = TRUE)[1]
if (is.na(release)) release <- file.path(Sys.getenv("REFORM_HOME", "var"), "current")

table_of <- function(name) {
  # The first bytes are a byte order mark; empty cells are unknown, never zero.
  read.csv(file.path(release, "csv", paste0(name, ".csv")), fileEncoding = "UTF-8-BOM", na.strings = "")
}
is_true <- function(column) !is.na(column) & column == "true"

unit <- "da_nang"
index <- "PAPI"

values <- subset(table_of("fct_indicator_value"), boundary == "published" & unit_code == unit & indicator_code == index)
values <- values[order(values$data_year), ]
stopifnot(!anyDuplicated(values$data_year)) # one row a year: the filter on boundary is what makes it so

signs <- paste0(
  ifelse(is_true(values$is_synthetic), "\u25CA", ""),                                     # synthetic
  ifelse(values$value_basis %in% "derived", "\u2211", ""),                                # derived
  ifelse(values$value_basis %in% "backcast", "\u25C4", ""),                               # map of 2025
  ifelse(is_true(values$has_conflict), "\u2021", ""),                                     # sources disagree
  ifelse(!is.na(values$correction_id), "\u2020", "")                                      # corrected
)
cat(index, unit, "\n")
print(data.frame(year = values$data_year, value = paste0(round(values$value, 2), signs), rank = values$rank), row.names = FALSE)

# Changes are those of metric_yoy; where there is none, the reason is said.
yoy <- subset(table_of("metric_yoy"), boundary == "published" & unit_code == unit & indicator_code == index)
yoy <- yoy[order(yoy$data_year), ]
stopifnot(all(is.na(yoy$change[!is_true(yoy$is_comparable)])))
print(data.frame(
  year = yoy$data_year,
  change = ifelse(is_true(yoy$is_comparable), round(yoy$change, 2), paste("\u2260", yoy$not_comparable_reason))
), row.names = FALSE)
