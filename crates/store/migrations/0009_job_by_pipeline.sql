-- The names of the pipelines in use are read from one to the next.
set local lock_timeout = '2s';
create index job_by_pipeline on pipeline.job (pipeline);
