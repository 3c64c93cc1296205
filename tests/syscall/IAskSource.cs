namespace Tests.Syscall;

/// <summary>What makes up calls, one after another, knowing how those before were answered.</summary>
internal interface IAskSource
{
    /// <summary>The next call.</summary>
    Ask Next();

    /// <summary>Something else that is to happen now, instead of a call; null for a call.</summary>
    Happening? Event() => null;

    /// <summary>How a call was answered.</summary>
    void Answered(Ask ask, bool succeeded);

    /// <summary>A descriptor was duplicated.</summary>
    void Duplicated(int slot, int into);
}
