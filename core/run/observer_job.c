/* SPDX-License-Identifier: Apache-2.0 */
/* The form of the file: a record of fixed size, then the texts, each with its
 * length in front. Writer and reader are one program, so it needs no version. */
#include "run/observer_job.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"

static const uint64_t no_text = UINT64_MAX;

struct record {
    struct loads_totals totals;
    enum loads_moment moment;
    uint32_t setting_count;
    bool quiet;
};

static void
write_text(FILE *out, const char *text, size_t length)
{
    uint64_t size = text != NULL ? length : no_text;

    fwrite(&size, sizeof size, 1, out);
    if (text != NULL)
        fwrite(text, 1, length, out);
}

static void
write_string(FILE *out, const char *text)
{
    write_text(out, text, text != NULL ? strlen(text) : 0);
}

int
observer_job_write(const struct observer_job *job, const char *file, struct err *err)
{
    struct record record = { .totals = job->result.totals, .moment = job->result.moment,
                             .setting_count = (uint32_t)job->plugin.setting_count, .quiet = job->quiet };
    int fd = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    FILE *out = fd >= 0 ? fdopen(fd, "w") : NULL;

    if (out == NULL)
        return err_set(err, "cannot make %s: %s", file, strerror(errno));
    fwrite(&record, sizeof record, 1, out);
    write_string(out, job->plugin.name);
    for (size_t i = 0; i < job->plugin.setting_count; i++) {
        write_string(out, job->plugin.settings[i].name);
        write_string(out, job->plugin.settings[i].value);
    }
    write_string(out, job->option_path);
    write_string(out, job->environment_path);
    write_string(out, job->run_json);
    write_text(out, job->result.json, job->result.json_length);
    if (fflush(out) != 0 || ferror(out)) {
        err_set(err, "cannot write %s: %s", file, strerror(errno));
        fclose(out);
        return -1;
    }
    fclose(out);
    return 0;
}

/* What the file still holds bounds the length, so that a damaged one cannot ask
 * for more memory than it has bytes. */
static char *
read_text(FILE *in, off_t size, size_t *length, bool *is_good)
{
    uint64_t given;
    char *text;

    if (!*is_good || fread(&given, sizeof given, 1, in) != 1) {
        *is_good = false;
        return NULL;
    }
    if (given == no_text)
        return NULL;
    if (given > (uint64_t)(size - ftello(in))) {
        *is_good = false;
        return NULL;
    }
    text = xmalloc(given + 1);
    *is_good = fread(text, 1, given, in) == given;
    text[given] = '\0';
    *length = given;
    return text;
}

static bool
read_job(struct observer_job *job, FILE *in)
{
    struct record record;
    struct stat status;
    bool is_good = fstat(fileno(in), &status) == 0 && fread(&record, sizeof record, 1, in) == 1
                && record.setting_count <= SETTINGS_PLUGIN_OPTIONS_LIMIT;
    off_t size = status.st_size;
    size_t length;

    if (!is_good)
        return false;
    job->plugin.name = read_text(in, size, &length, &is_good);
    job->plugin.settings = xcalloc(record.setting_count + 1, sizeof *job->plugin.settings);
    job->plugin.setting_count = record.setting_count;
    for (size_t i = 0; i < record.setting_count; i++) {
        job->plugin.settings[i].name = read_text(in, size, &length, &is_good);
        job->plugin.settings[i].value = read_text(in, size, &length, &is_good);
        is_good = is_good && job->plugin.settings[i].name != NULL && job->plugin.settings[i].value != NULL;
    }
    job->option_path = read_text(in, size, &length, &is_good);
    job->environment_path = read_text(in, size, &length, &is_good);
    job->run_json = read_text(in, size, &length, &is_good);
    job->quiet = record.quiet;
    job->result = (struct loads_result){ .size = sizeof job->result, .totals = record.totals,
                                         .moment = record.moment };
    job->result.json = read_text(in, size, &job->result.json_length, &is_good);
    return is_good && job->plugin.name != NULL && job->run_json != NULL && job->result.json != NULL;
}

int
observer_job_read(struct observer_job *job, const char *file, struct err *err)
{
    FILE *in = fopen(file, "re");
    bool is_good;

    *job = (struct observer_job){ 0 };
    if (in == NULL)
        return err_set(err, "cannot read %s: %s", file, strerror(errno));
    is_good = read_job(job, in);
    fclose(in);
    if (is_good)
        return 0;
    observer_job_clear(job);
    return err_set(err, "%s is not an observer's job", file);
}

void
observer_job_clear(struct observer_job *job)
{
    for (size_t i = 0; i < job->plugin.setting_count; i++) {
        free((char *)job->plugin.settings[i].name);
        free((char *)job->plugin.settings[i].value);
    }
    free(job->plugin.settings);
    free(job->plugin.name);
    free((char *)job->option_path);
    free((char *)job->environment_path);
    free((char *)job->run_json);
    free((char *)job->result.json);
    *job = (struct observer_job){ 0 };
}
